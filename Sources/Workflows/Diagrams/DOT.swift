extension Diagram {
    /// A graph in the language of Graphviz: `dot -Tsvg` draws it.
    public var dot: String {
        var out = """
            digraph saga {
              graph [rankdir=TB, fontname="sans-serif", fontsize=12, labelloc=t, label=\(DOT.quoted(headings))]
              node [shape=box, fontname="sans-serif", fontsize=11, style=filled, fillcolor="#f6f8fa", color="#57606a"]
              edge [fontname="sans-serif", fontsize=10, color="#57606a"]

            """
        appendMembers(of: nil, indent: "  ", to: &out)
        for edge in edges {
            var attributes: [String] = []
            if let label = edge.label {
                attributes.append("label=\(DOT.quoted([Label.shortened(label, to: 48)]))")
                if label != Label.shortened(label, to: 48) { attributes.append("edgetooltip=\(DOT.quoted([label]))") }
            }
            if edge.kind == .undo { attributes += ["style=dashed", "color=\"#bc4c00\"", "constraint=false"] }
            let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
            out += "  n\(edge.from) -> n\(edge.to)\(list)\n"
        }
        return out + "}\n"
    }

    private func appendMembers(of group: Int?, indent: String, to out: inout String) {
        for (index, node) in nodes.enumerated() where node.group == group {
            out += "\(indent)n\(index) [\(node.dot.joined(separator: ", "))]\n"
        }
        for (index, inner) in groups.enumerated() where inner.parent == group {
            out += "\(indent)subgraph cluster_g\(index) {\n"
            out += "\(indent)  graph [style=rounded, color=\"#57606a\", label=\(DOT.quoted([inner.title]))]\n"
            appendMembers(of: index, indent: indent + "  ", to: &out)
            out += "\(indent)}\n"
        }
    }
}

extension Diagram.Node {
    fileprivate var dot: [String] {
        var attributes = ["label=\(DOT.quoted(kind == .fork || kind == .join ? [name] : lines))"]
        var styles = ["filled"]
        switch kind {
        case .start, .end: (attributes, styles) = (attributes + ["shape=oval"], styles)
        case .action, .each: break
        case .emit: attributes.append("shape=hexagon")
        case .choice: attributes.append("shape=diamond")
        case .wait: styles.append("rounded")
        case .listen: attributes.append("shape=cds")
        case .approval: attributes.append("shape=parallelogram")
        case .run: attributes.append("peripheries=2")
        case .fork, .join:
            attributes += ["height=0.1", "width=1.5", "fillcolor=\"#57606a\"", "fontcolor=\"#ffffff\""]
        case .noReturn:
            attributes += ["height=0.1", "width=5", "fillcolor=\"#cf222e\"", "fontcolor=\"#ffffff\""]
        }
        if let state {
            let colours = state.colours
            attributes += ["fillcolor=\"\(colours.paper)\"", "color=\"\(colours.line)\""]
        }
        if marks.contains(.optional) { styles.append("dashed") }
        if marks.contains(.pivot) { attributes.append("penwidth=3") }
        if styles.count > 1 { attributes.append("style=\"\(styles.joined(separator: ","))\"") }
        if let tooltip { attributes.append("tooltip=\(DOT.quoted(tooltip))") }
        return attributes
    }

    /// All of it, where the box has not room enough.
    var tooltip: [String]? {
        let whole = [name] + details
        return kind.isStep && (whole.contains { Label.columns($0) > 34 }) ? whole : nil
    }
}

extension Diagram {
    var headings: [String] { [title] + (subtitle.map { [$0] } ?? []) }
}

enum DOT {
    /// Graphviz gives a meaning to backslashes and, in labels, to HTML's entities.
    static func quoted(_ lines: [String]) -> String {
        var out = "\""
        for (index, line) in lines.enumerated() {
            if index > 0 { out += "\\n" }
            for scalar in Label.clean(line).unicodeScalars {
                switch scalar {
                case "\"": out += "\\\""
                case "\\": out += "\\\\"
                case "&": out += "&amp;"
                default: out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }
}
