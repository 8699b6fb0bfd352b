/// Where everything stands, in pixels: from top to bottom, branches side by side.
///
/// A workflow is made of sequences and of branches that come together again, so each part is laid out for itself and
/// then put into its place. Takes time in proportion to the nodes, but for the ways back around others.
struct Layout {
    private(set) var nodes: [Box]
    private(set) var groups: [Box]
    private(set) var width = 0
    private(set) var height = 0

    struct Box: Hashable {
        var x = 0
        var y = 0
        var width = 0
        var height = 0

        var left: Int { x }
        var right: Int { x + width }
        var top: Int { y }
        var bottom: Int { y + height }
        var centre: Int { x + width / 2 }
        var middle: Int { y + height / 2 }

        func overlaps(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    let diagram: Diagram
    let kinds: [Diagram.Kind]

    /// - Parameter top: what is left free for the title.
    init(_ diagram: Diagram, top: Int) {
        self.diagram = diagram
        kinds = diagram.nodes.map(\.kind)
        nodes = diagram.nodes.map { node in
            var box = Box()
            (box.width, box.height) = node.size
            return box
        }
        groups = diagram.groups.map { _ in Box() }
        let size = place(diagram.root, x: Layout.margin, y: top)
        width = size.width + 2 * Layout.margin
        height = top + size.height + Layout.margin
    }

    static let margin = 16
    /// Beside each column, for the ways back.
    static let channel = 26
    static let gap = 34
    /// Between a fork and its branches.
    static let forkGap = 48
    static let groupPadding = 14
    static let groupTitle = 24

    // MARK: Sizes

    private func size(_ block: Diagram.Block) -> (width: Int, height: Int) {
        switch block {
        case .node(let node): return (nodes[node].width + 2 * Layout.channel, nodes[node].height)
        case .sequence(let blocks):
            let sizes = blocks.map(size)
            return (
                sizes.map(\.width).max() ?? 0, sizes.map(\.height).reduce(0, +) + Layout.gap * (blocks.count - 1)
            )
        case .fork(let from, let to, let branches):
            let sizes = branches.map(size)
            let inner = sizes.map(\.height).max() ?? 0
            let ends = max(nodes[from].width, nodes[to].width) + 2 * Layout.channel
            return (
                max(ends, sizes.map(\.width).reduce(0, +)),
                nodes[from].height + nodes[to].height + inner + 2 * Layout.forkGap
            )
        case .group(_, let block):
            let inner = size(block)
            return (
                inner.width + 2 * (Layout.groupPadding + Layout.channel),
                inner.height + 2 * Layout.groupPadding + Layout.groupTitle
            )
        }
    }

    private func size(_ branch: Diagram.Block.Branch) -> (width: Int, height: Int) {
        branch.block.map(size) ?? (Layout.emptyBranch, 0)
    }

    static let emptyBranch = 150

    // MARK: Places

    /// Puts a block with its upper left corner there, and gives its size.
    private mutating func place(_ block: Diagram.Block, x: Int, y: Int) -> (width: Int, height: Int) {
        let size = size(block)
        switch block {
        case .node(let node): put(node, centre: x + size.width / 2, y: y)
        case .sequence(let blocks):
            var next = y
            for block in blocks {
                let own = self.size(block)
                _ = place(block, x: x + (size.width - own.width) / 2, y: next)
                // The bar goes through all of the way that it cuts.
                if case .node(let node) = block, diagram.nodes[node].kind == .noReturn {
                    nodes[node].x = x + Layout.channel / 2
                    nodes[node].width = size.width - Layout.channel
                }
                next += own.height + Layout.gap
            }
        case .fork(let from, let to, let branches):
            put(from, centre: x + size.width / 2, y: y)
            let own = branches.map(self.size).map(\.width).reduce(0, +)
            var left = x + (size.width - own) / 2
            for branch in branches {
                let width = self.size(branch).width
                if let block = branch.block {
                    _ = place(block, x: left, y: nodes[from].bottom + Layout.forkGap)
                }
                left += width
            }
            put(to, centre: x + size.width / 2, y: y + size.height - nodes[to].height)
        case .group(let group, let block):
            let inset = Layout.channel + Layout.groupPadding
            _ = place(block, x: x + inset, y: y + Layout.groupTitle + Layout.groupPadding)
            groups[group] = Box(
                x: x + Layout.channel, y: y, width: size.width - 2 * Layout.channel, height: size.height)
        }
        return size
    }

    private mutating func put(_ node: Int, centre: Int, y: Int) {
        nodes[node].x = centre - nodes[node].width / 2
        nodes[node].y = y
    }

    /// Where the lines of branches without a node go, in the order of the edges from a fork.
    func emptyBranches(_ block: Diagram.Block, into found: inout [Int: [Int]]) {
        switch block {
        case .node: break
        case .sequence(let blocks): for block in blocks { emptyBranches(block, into: &found) }
        case .group(_, let block): emptyBranches(block, into: &found)
        case .fork(let from, let to, let branches):
            let widths = branches.map { size($0).width }
            let whole = max(widths.reduce(0, +), 0)
            var left = (nodes[from].centre + nodes[to].centre) / 2 - whole / 2
            for (branch, width) in zip(branches, widths) {
                if let block = branch.block {
                    emptyBranches(block, into: &found)
                } else {
                    found[from, default: []].append(left + width / 2)
                }
                left += width
            }
        }
    }
}

extension Diagram.Node {
    static let boxWidth = 280
    static let nameLines = 17
    static let detailLine = 15

    /// The name, broken to the width of the box.
    var head: [String] {
        let symbol = state.map { "\($0.symbol) " } ?? ""
        switch kind {
        case .choice: return [Label.shortened(symbol + name, to: 24)]
        case .noReturn: return [name]
        default: return Label.wrapped(symbol + name, to: 34, lines: 2)
        }
    }

    /// What stands below it, in smaller letters.
    var body: [String] {
        var lines: [String] = []
        for detail in details {
            lines += Label.wrapped(detail, to: kind == .choice ? 26 : 42, lines: detail.hasPrefix("when ") ? 2 : 1)
        }
        if kind == .choice { return [lines.first, remarks.map { Label.shortened($0, to: 26) }].compactMap { $0 } }
        return lines + [progress.map { Label.shortened($0, to: 42) }, remarks].compactMap { $0 }
    }

    var size: (width: Int, height: Int) {
        switch kind {
        case .start, .end: (90, 28)
        case .fork: (200, 20)
        case .join: (60, 8)
        case .noReturn: (Diagram.Node.boxWidth, 20)
        case .choice: (360, 112)
        case .action, .emit, .wait, .listen, .approval, .run, .each:
            (
                Diagram.Node.boxWidth,
                16 + head.count * Diagram.Node.nameLines + body.count * Diagram.Node.detailLine
            )
        }
    }
}
