internal import Logging

extension Logger {
    /// For what reports its errors otherwise.
    static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
