internal import Glibc
public import Logging
internal import SagaValues
internal import Synchronization

/// What is logged, and how a line looks.
public struct LogConfiguration: Sendable, Hashable {
    var level: LogLevel
    var format: LogFormat

    /// Lines for people, from `info` on.
    public static let people = LogConfiguration(level: .info, format: .text)
    /// Warnings only.
    public static let quiet = LogConfiguration(level: .warning, format: .text)

    /// A logger that writes to standard error, one line an entry.
    public func logger(_ label: String) -> Logger {
        let format = self.format
        var logger = Logger(label: label) { label in LineLogHandler(label: label, format: format) }
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }
}

/// Writes each entry as one line, however many the message has: a log must not be forged by its content.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let more = event.metadata { all.merge(more) { _, new in new } }
        let pairs = all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        let line =
            switch format {
            case .json: json(event, pairs)
            case .text: text(event, pairs)
            }
        StandardError.write(line)
    }

    private func json(_ event: LogEvent, _ pairs: [(String, String)]) -> String {
        var object: JSON.Object = [
            "at": .string(Timestamp.now().description), "level": .string(event.level.rawValue),
            "label": .string(label), "message": .string(event.message.description),
        ]
        for (key, value) in pairs where object[key] == nil { object[key] = .string(value) }
        return JSON.object(object).text + "\n"
    }

    private func text(_ event: LogEvent, _ pairs: [(String, String)]) -> String {
        let level = event.level.rawValue.uppercased()
        var line = "\(Timestamp.now()) \(level)\(String(repeating: " ", count: max(0, 8 - level.count))) "
        line += "\(label): \(event.message)"
        for (key, value) in pairs { line += " \(key)=\(JSON.string(value).text)" }
        return line.replacing("\n", with: " ") + "\n"
    }
}

/// Whole lines to standard error, never two at once.
enum StandardError {
    private static let turn = Mutex(())

    static func write(_ text: String) {
        turn.withLock { _ in
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }
    }
}
