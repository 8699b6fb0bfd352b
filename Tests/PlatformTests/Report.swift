import Synchronization

/// What was done to whom, for whoever reads a failure.
final class Report: Sendable {
    private let title: String
    private let lines = Mutex<[String]>([])

    init(_ title: String) {
        self.title = title
    }

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var count: Int { lines.withLock { $0.count } }
    var text: String { "\(title): " + lines.withLock { $0.joined(separator: ", ") } }
}
