public import Logging
internal import Synchronization

/// Keeps what is logged, so that a test can wait for it and read it.
public final class LogBook: Sendable {
    private let content = Mutex<[String]>([])

    public init() {}

    /// A line each: the level, the message and, where there is any, the metadata by their names in brackets.
    public var lines: [String] { content.withLock { $0 } }

    /// How many lines begin like this: `warning no heartbeat`.
    public func count(of beginning: String) -> Int { lines.count { $0.hasPrefix(beginning) } }

    public var logger: Logger { Logger(label: "book") { _ in Handler(book: self) } }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
            let details = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
            let line = "\(event.level) \(event.message)" + (details.isEmpty ? "" : " [\(details)]")
            book.content.withLock { $0.append(line) }
        }
    }
}
