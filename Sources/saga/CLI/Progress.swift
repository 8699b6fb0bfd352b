/// How far something long has got: one line that moves on a terminal, a line now and then in a pipe.
public struct Progress {
    private let total: Int
    private var shown = -1

    public init(total: Int) {
        self.total = total
    }

    public mutating func show(_ count: Int) {
        guard count != shown else { return }
        let width = 30
        let filled = total == 0 ? width : width * count / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        if Terminal.isInteractive {
            Swift.print("\r   \(bar) \(count) of \(total)", terminator: "")
            Terminal.flush()
        } else if shown < 0 || count == total || count - shown >= max(1, total / 5) {
            Terminal.print("   \(count) of \(total)")
        } else {
            return
        }
        shown = count
    }

    public func end() {
        if Terminal.isInteractive { Terminal.print() }
    }
}
