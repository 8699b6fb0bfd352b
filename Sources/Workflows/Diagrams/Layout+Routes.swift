/// The ways of edges: horizontal and vertical lines from point to point.
extension Layout {
    struct Point: Hashable {
        var x: Int
        var y: Int
    }

    /// Of each edge, in their order.
    var routes: [(edge: Diagram.Edge, points: [Point])] {
        var empty: [Int: [Int]] = [:]
        emptyBranches(diagram.root, into: &empty)
        return diagram.edges.map { edge in
            switch edge.kind {
            case .flow:
                let isEmpty = isJoin(edge.to) && (kinds[edge.from] == .fork || kinds[edge.from] == .choice)
                let column = isEmpty && empty[edge.from]?.isEmpty == false ? empty[edge.from]?.removeFirst() : nil
                return (edge, flow(from: edge.from, to: edge.to, column: column))
            case .undo: return (edge, undo(from: edge.from, to: edge.to))
            }
        }
    }

    /// - Parameter column: where the line goes down, if it goes through no node.
    private func flow(from: Int, to: Int, column: Int? = nil) -> [Point] {
        let (above, below) = (nodes[from], nodes[to])
        let (start, end) = (Point(x: above.centre, y: above.bottom), Point(x: below.centre, y: below.top))
        let half = Layout.forkGap / 2
        if let column {
            let (high, low) = (start.y + half, end.y - half)
            return [
                start, Point(x: start.x, y: high), Point(x: column, y: high), Point(x: column, y: low),
                Point(x: end.x, y: low), end,
            ]
        }
        guard start.x != end.x else { return [start, end] }
        // Branches turn below their fork, and above the place where they come together.
        let isWide = above.bottom + Layout.forkGap >= below.top || !isJoin(to)
        let turn = isWide ? start.y + half : end.y - half
        return [start, Point(x: start.x, y: turn), Point(x: end.x, y: turn), end]
    }

    /// Backwards, beside the way forward, and around what stands in between.
    private func undo(from: Int, to: Int) -> [Point] {
        let (late, early) = (nodes[from], nodes[to])
        let aside = 12
        if late.centre == early.centre {
            let x = late.centre - aside
            if isFree(x: x, from: early.bottom, to: late.top) {
                return [Point(x: x, y: late.top), Point(x: x, y: early.bottom)]
            }
            return around(late, early)
        }
        let quarter = Layout.forkGap / 4
        if late.top < early.bottom { return around(late, early) }
        if isJoin(from) {
            let (level, x) = (late.top - quarter, early.centre - aside)
            let up = [Point(x: late.centre - aside, y: late.top), Point(x: late.centre - aside, y: level)]
            if isFree(x: x, from: early.bottom, to: level) {
                return up + [Point(x: x, y: level), Point(x: x, y: early.bottom)]
            }
            let side = column(beside: early, from: early.middle, to: level)
            return up + [
                Point(x: side, y: level), Point(x: side, y: early.middle), Point(x: early.left, y: early.middle),
            ]
        }
        let (level, x) = (early.bottom + quarter, late.centre - aside)
        let into = [Point(x: early.centre - aside, y: level), Point(x: early.centre - aside, y: early.bottom)]
        if isFree(x: x, from: level, to: late.top) {
            return [Point(x: x, y: late.top), Point(x: x, y: level)] + into
        }
        let side = column(beside: late, from: level, to: late.middle)
        return [Point(x: late.left, y: late.middle), Point(x: side, y: late.middle), Point(x: side, y: level)] + into
    }

    private func around(_ late: Box, _ early: Box) -> [Point] {
        let start = early.left < late.left ? early : late
        let side = column(beside: start, from: early.middle, to: late.middle)
        return [
            Point(x: late.left, y: late.middle), Point(x: side, y: late.middle), Point(x: side, y: early.middle),
            Point(x: early.left, y: early.middle),
        ]
    }

    /// To the left of a box and of whatever would be in the way there between two heights.
    private func column(beside box: Box, from top: Int, to bottom: Int) -> Int {
        var x = box.left - 10
        while let other = nodes.indices.first(where: { isInTheWay($0, x, top, bottom) }) { x = nodes[other].left - 10 }
        return x
    }

    private func isInTheWay(_ node: Int, _ x: Int, _ top: Int, _ bottom: Int) -> Bool {
        let box = nodes[node]
        // The bar may be passed.
        return box.top < bottom && box.bottom > top && box.left <= x && x <= box.right && kinds[node] != .noReturn
    }

    private func isFree(x: Int, from top: Int, to bottom: Int) -> Bool {
        !nodes.indices.contains { isInTheWay($0, x, top, bottom) }
    }

    private func isJoin(_ node: Int) -> Bool { kinds[node] == .join }
}
