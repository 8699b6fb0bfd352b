extension Diagram {
    /// A flowchart in Mermaid's language, for Markdown.
    ///
    /// Mermaid itself draws no more than 500 edges or 50,000 characters unless it is configured to.
    public var mermaid: String {
        var out = "---\ntitle: \(Mermaid.quotedYAML(subtitle.map { "\(title); \($0)" } ?? title))\n---\nflowchart TB\n"
        appendMembers(of: nil, indent: "  ", to: &out)
        for edge in edges {
            let arrow =
                switch (edge.kind, edge.label) {
                case (.flow, nil): "-->"
                case (.flow, let label?): "-->|\(Mermaid.quoted(Label.shortened(label, to: 48)))|"
                case (.undo, _): "-.->"
                }
            out += "  n\(edge.from) \(arrow) n\(edge.to)\n"
        }
        appendClasses(to: &out)
        return out
    }

    private func appendMembers(of group: Int?, indent: String, to out: inout String) {
        for (index, node) in nodes.enumerated() where node.group == group {
            out += "\(indent)n\(index)\(node.mermaid)\n"
        }
        for (index, inner) in groups.enumerated() where inner.parent == group {
            out += "\(indent)subgraph g\(index) [\(Mermaid.quoted(Label.shortened(inner.title, to: 70)))]\n"
            appendMembers(of: index, indent: indent + "  ", to: &out)
            out += "\(indent)end\n"
        }
    }

    private func appendClasses(to out: inout String) {
        var members: [String: [Int]] = [:]
        for (index, node) in nodes.enumerated() {
            if let state = node.state { members[state.style, default: []].append(index) }
            if node.kind == .noReturn { members["noReturn", default: []].append(index) }
            if node.kind == .fork || node.kind == .join { members["bar", default: []].append(index) }
            if node.marks.contains(.optional) { members["optional", default: []].append(index) }
            if node.marks.contains(.pivot) { members["pivot", default: []].append(index) }
        }
        for (name, style) in Mermaid.styles {
            guard let members = members[name] else { continue }
            out += "  classDef \(name) \(style)\n"
            out += "  class \(members.map { "n\($0)" }.joined(separator: ",")) \(name)\n"
        }
    }
}

extension Diagram.Node {
    fileprivate var mermaid: String {
        let text = Mermaid.quoted(lines)
        return switch kind {
        case .start, .end: "([\(text)])"
        case .action, .each: "[\(text)]"
        case .emit: "{{\(text)}}"
        case .choice: "{\(text)}"
        case .wait: "([\(text)])"
        case .listen: ">\(text)]"
        case .approval: "[/\(text)/]"
        case .run: "[[\(text)]]"
        case .fork, .join: name.isEmpty ? "((\"∥\"))" : "((\(text)))"
        case .noReturn: "[\(text)]"
        }
    }

    /// What stands in the box.
    var lines: [String] {
        let bar =
            kind == .noReturn ? "━━━━━ \(name) ━━━━━" : Label.wrapped(name, to: 34, lines: 2).joined(separator: " ")
        let head = (state.map { "\($0.symbol) " } ?? "") + bar
        return [head] + details.map { Label.shortened($0, to: 44) } + [progress, remarks].compactMap { $0 }
    }

    /// The marks, and in words what the colour says.
    var remarks: String? {
        let words = marks.map(\.rawValue) + (state.map { $0 == .notReached ? [] : [$0.rawValue] } ?? [])
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

enum Mermaid {
    static func quoted(_ lines: [String]) -> String { "\"" + lines.map(escaped).joined(separator: "<br/>") + "\"" }

    static func quoted(_ line: String) -> String { quoted([line]) }

    /// What means something to Mermaid, to Markdown in it, or to HTML, goes in by its number.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in Label.clean(text).unicodeScalars {
            if scalar.isASCII, !isPlain(scalar) {
                out += "#\(scalar.value);"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || "0123456789 .,:-/()!?=+'".unicodeScalars.contains(scalar)
    }

    static func quotedYAML(_ text: String) -> String {
        var out = "\""
        for scalar in Label.clean(text).unicodeScalars {
            if scalar == "\"" || scalar == "\\" { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }

    /// Readable on a light and on a dark page, since each brings its own paper and ink.
    static let styles: [(name: String, style: String)] =
        [
            ("bar", "fill:#57606a,stroke:#57606a,color:#ffffff"),
            ("optional", "stroke-dasharray:5 4"),
            ("pivot", "stroke-width:3px"),
            ("noReturn", "fill:#cf222e,stroke:#cf222e,color:#ffffff,stroke-width:3px"),
        ]
        + Diagram.State.allCases.map { state in
            (state.style, "fill:\(state.colours.paper),stroke:\(state.colours.line),color:#1b1f24")
        }
}

extension Diagram.State {
    /// On a light page.
    var colours: (paper: String, line: String) {
        switch self {
        case .notReached: ("#ffffff", "#8c959f")
        case .running: ("#ddf4ff", "#0969da")
        case .waiting: ("#fff8c5", "#9a6700")
        case .held: ("#ff8182", "#a40e26")
        case .done: ("#dafbe1", "#1a7f37")
        case .mayBeDone: ("#fbefff", "#8250df")
        case .failed: ("#ffebe9", "#cf222e")
        case .skipped: ("#eaeef2", "#57606a")
        case .undoing: ("#ffd8b5", "#bc4c00")
        case .undone: ("#f6d9c8", "#953800")
        }
    }

    /// On a dark page.
    var darkColours: (paper: String, line: String) {
        switch self {
        case .notReached: ("#161b22", "#6e7681")
        case .running: ("#0c2d6b", "#58a6ff")
        case .waiting: ("#3b2300", "#d29922")
        case .held: ("#8e1519", "#ff7b72")
        case .done: ("#033a16", "#3fb950")
        case .mayBeDone: ("#3c1e70", "#bc8cff")
        case .failed: ("#490202", "#f85149")
        case .skipped: ("#30363d", "#8b949e")
        case .undoing: ("#5a1e02", "#f0883e")
        case .undone: ("#3d1300", "#db6d28")
        }
    }
}
