extension Diagram {
    /// A drawing, laid out by ``Layout``: for where Graphviz is not at hand. One XML document without anything from
    /// elsewhere, with a title and a legend, on the colours of a light or a dark page as the reader has it.
    public var svg: String {
        let top = Layout.margin + 26 * headings.count
        let layout = Layout(self, top: top + 4)
        let legend = Legend(self)
        let longest = headings.map { Label.columns($0) }.max() ?? 0
        let width = max(layout.width, legend.width + 2 * Layout.margin, min(longest, 90) * 9 + 2 * Layout.margin)
        let height = layout.height + legend.height + Layout.margin
        var out = """
            <svg xmlns="http://www.w3.org/2000/svg" class="saga" role="img" aria-labelledby="saga-title" \
            width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
            <title id="saga-title">\(XML.escaped(headings.joined(separator: "; ")))</title>
            <style>\(SVG.style(withStates: showsState))</style>
            <defs><marker id="saga-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" \
            orient="auto"><path d="M0 0L8 4L0 8z" class="head"/></marker><marker id="saga-back" viewBox="0 0 8 8" \
            refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" class="backHead"/>\
            </marker></defs>
            <rect width="\(width)" height="\(height)" class="page"/>

            """
        for (index, heading) in headings.enumerated() {
            let y = Layout.margin + 14 + 24 * index
            out += "<text x=\"\(Layout.margin)\" y=\"\(y)\" class=\"heading\">"
            out += "\(XML.escaped(Label.shortened(heading, to: 100)))</text>\n"
        }
        let shift = (width - layout.width) / 2
        out += "<g transform=\"translate(\(shift) 0)\">\n"
        for (group, box) in zip(groups, layout.groups) { append(group, box, to: &out) }
        appendEdges(layout, to: &out)
        for (node, box) in zip(nodes, layout.nodes) { node.appendSVG(box, to: &out) }
        out += "</g>\n"
        legend.append(x: Layout.margin, y: layout.height, to: &out)
        return out + "</svg>\n"
    }

    private func append(_ group: Group, _ box: Layout.Box, to out: inout String) {
        out += "<g class=\"group\"><title>\(XML.escaped(group.title))</title><rect x=\"\(box.x)\" y=\"\(box.y)\" "
        out += "width=\"\(box.width)\" height=\"\(box.height)\" rx=\"10\"/><text x=\"\(box.x + 12)\" "
        out += "y=\"\(box.y + 18)\" class=\"small\">"
        out += "\(XML.escaped(Label.shortened(group.title, to: (box.width - 24) / 7)))</text></g>\n"
    }

    private func appendEdges(_ layout: Layout, to out: inout String) {
        for (edge, points) in layout.routes {
            let way = points.map { "\($0.x) \($0.y)" }.joined(separator: "L")
            out += "<path d=\"M\(way)\" class=\"\(edge.kind == .flow ? "flow" : "back")\"/>\n"
            if let label = edge.label { append(label, at: points, to: &out) }
        }
    }

    /// Below the corner where a case leaves the others.
    private func append(_ label: String, at points: [Layout.Point], to out: inout String) {
        let corner = points.count > 2 ? points[2] : points[points.count / 2]
        let y = points.count > 2 ? corner.y + 14 : (points[0].y + points[1].y) / 2 + 4
        let short = Label.shortened(label, to: points.count > 4 ? 20 : 42)
        out += "<text x=\"\(corner.x)\" y=\"\(y)\" class=\"label\">"
        out += (short == label ? "" : "<title>\(XML.escaped(label))</title>") + "\(XML.escaped(short))</text>\n"
    }
}

extension Diagram.Node {
    fileprivate func appendSVG(_ box: Layout.Box, to out: inout String) {
        let classes = [kind.isStep ? "step" : kind.rawValue, state?.style].compactMap { $0 } + marks.map(\.rawValue)
        out += "<g class=\"\(classes.joined(separator: " "))\">"
        if let tooltip { out += "<title>\(XML.escaped(tooltip.joined(separator: "; ")))</title>" }
        out += outline(box)
        var y = box.y + 8
        let size = kind == .choice ? 17 + 15 * body.count : 0
        if kind == .choice { y = box.middle - size / 2 }
        switch kind {
        case .fork:
            out += XML.text(Label.shortened(name, to: 28), x: box.centre, y: box.middle + 4, "small")
        case .join: break
        case .noReturn, .start, .end:
            out += XML.text(Label.shortened(name, to: 34), x: box.centre, y: box.middle + 5, "name")
        default:
            for line in head {
                y += Diagram.Node.nameLines
                out += XML.text(line, x: box.centre, y: y - 3, "name")
            }
            for line in body {
                y += Diagram.Node.detailLine
                out += XML.text(line, x: box.centre, y: y - 2, "small")
            }
        }
        out += "</g>\n"
    }

    private func outline(_ box: Layout.Box) -> String {
        func polygon(_ points: [(Int, Int)]) -> String {
            "<polygon points=\"\(points.map { "\($0.0),\($0.1)" }.joined(separator: " "))\"/>"
        }
        func rectangle(_ box: Layout.Box, _ radius: Int) -> String {
            "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" height=\"\(box.height)\" rx=\"\(radius)\"/>"
        }
        let (l, r, t, b) = (box.left, box.right, box.top, box.bottom)
        switch kind {
        case .start, .end: return rectangle(box, box.height / 2)
        case .action, .each: return rectangle(box, 4)
        case .wait: return rectangle(box, box.height / 2)
        case .emit:
            return polygon([(l + 14, t), (r - 14, t), (r, box.middle), (r - 14, b), (l + 14, b), (l, box.middle)])
        case .choice: return polygon([(box.centre, t), (r, box.middle), (box.centre, b), (l, box.middle)])
        case .listen: return polygon([(l, t), (r, t), (r, b), (l, b), (l + 14, box.middle)])
        case .approval: return polygon([(l + 14, t), (r, t), (r - 14, b), (l, b)])
        case .run:
            var inner = box
            (inner.x, inner.y, inner.width, inner.height) = (l + 4, t + 4, box.width - 8, box.height - 8)
            return rectangle(box, 2) + rectangle(inner, 2)
        case .fork, .join, .noReturn: return rectangle(box, 3)
        }
    }
}

/// What the symbols and lines mean.
private struct Legend {
    private let items: [(symbol: String, style: String, text: String)]
    private static let itemWidth = 190
    private static let columns = 4

    init(_ diagram: Diagram) {
        var items: [(String, String, String)] = []
        if diagram.showsState {
            for state in Diagram.State.allCases { items.append((state.symbol, state.style, state.rawValue)) }
            items.append(("┄", "way", "the way back"))
        }
        if diagram.nodes.contains(where: { $0.kind == .noReturn }) {
            items.append(("━", "noReturn", "the point of no return"))
        }
        if diagram.nodes.contains(where: { $0.marks.contains(.optional) }) {
            items.append(("╌", "step optional", "may fail: optional"))
        }
        if diagram.nodes.contains(where: { $0.kind == .run }) { items.append(("▣", "step", "another workflow")) }
        items.append(("→", "step", "the way forward"))
        self.items = items
    }

    var width: Int { Legend.itemWidth * min(items.count, Legend.columns) }
    var height: Int { 26 * ((items.count + Legend.columns - 1) / Legend.columns) + 8 }

    func append(x: Int, y: Int, to out: inout String) {
        out += "<g class=\"legend\">\n"
        for (index, item) in items.enumerated() {
            let left = x + index % Legend.columns * Legend.itemWidth
            let top = y + index / Legend.columns * 26
            out += "<g class=\"\(item.style)\"><rect x=\"\(left)\" y=\"\(top)\" width=\"24\" height=\"18\" rx=\"3\"/>"
            out += XML.text(item.symbol, x: left + 12, y: top + 13, "small")
            out += "</g><text x=\"\(left + 32)\" y=\"\(top + 13)\" class=\"key\">\(XML.escaped(item.text))</text>\n"
        }
        out += "</g>\n"
    }
}

enum XML {
    /// For text and for values in double quotes; what XML 1.0 cannot hold was taken out by ``Label/clean(_:)``.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in Label.clean(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    static func text(_ text: String, x: Int, y: Int, _ style: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" class=\"\(style)\">\(escaped(text))</text>"
    }
}

private enum SVG {
    static func style(withStates: Bool) -> String {
        var light = ".saga{--page:#ffffff;--ink:#1b1f24;--line:#57606a;--paper:#f6f8fa;--stop:#cf222e;--back:#bc4c00"
        var dark = ".saga{--page:#0d1117;--ink:#e6edf3;--line:#8b949e;--paper:#161b22;--stop:#da3633;--back:#f0883e"
        var rules = ""
        for state in withStates ? Diagram.State.allCases : [] {
            let name = state.style
            light += ";--\(name):\(state.colours.paper);--\(name)-line:\(state.colours.line)"
            dark += ";--\(name):\(state.darkColours.paper);--\(name)-line:\(state.darkColours.line)"
            rules += ".saga .\(name)>rect,.saga .\(name)>polygon{fill:var(--\(name));stroke:var(--\(name)-line)}"
        }
        return light + "}@media (prefers-color-scheme:dark){" + dark + "}}"
            + ".saga{font-family:ui-sans-serif,system-ui,sans-serif}.saga text{fill:var(--ink);text-anchor:middle}"
            + ".saga .page{fill:var(--page)}.saga .heading{font-size:15px;font-weight:600;text-anchor:start}"
            + ".saga .name{font-size:13px;font-weight:600}.saga .small{font-size:11px}"
            + ".saga .label{font-size:11px;paint-order:stroke;stroke:var(--page);stroke-width:4px}"
            + ".saga .key{font-size:11px;text-anchor:start}"
            + ".saga rect,.saga polygon{fill:var(--paper);stroke:var(--line);stroke-width:1.2}"
            + ".saga .page{fill:var(--page);stroke:none}" + rules
            + ".saga .group>rect{fill:none;stroke-dasharray:2 3}.saga .group>text{text-anchor:start}"
            + ".saga .optional>rect,.saga .optional>polygon{stroke-dasharray:6 4}"
            + ".saga .pivot>rect,.saga .pivot>polygon{stroke-width:3.5}"
            + ".saga .fork>rect,.saga .join>rect{fill:var(--line)}.saga .fork>text{fill:var(--page)}"
            + ".saga .noReturn>rect{fill:var(--stop);stroke:var(--stop)}.saga .noReturn>text{fill:#ffffff}"
            + ".saga .way>rect{stroke:var(--back);stroke-dasharray:5 4}"
            + ".saga .flow{fill:none;stroke:var(--line);stroke-width:1.4;marker-end:url(#saga-arrow)}"
            + ".saga .back{fill:none;stroke:var(--back);stroke-width:1.8;stroke-dasharray:6 4;"
            + "marker-end:url(#saga-back)}.saga .head{fill:var(--line)}.saga .backHead{fill:var(--back)}"
    }
}
