/// Why a private server or a child process could not do what was asked.
///
/// The message says what happened and how to mend it; decisions are made on ``code``.
public struct LocalServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. Each code has a page in `docs/errors`.
    public enum Code: String, Sendable, CaseIterable {
        /// A program that is needed is not installed.
        case programMissing = "SAGA-0701"
        /// The account that PostgreSQL runs under cannot reach the data folder.
        case folderNotReachable = "SAGA-0702"
        /// The data folder cannot be made, or is not ours to use.
        case folderNotUsable = "SAGA-0703"
        /// The data folder is in use by another process.
        case folderInUse = "SAGA-0704"
        /// A port that was asked for is taken.
        case portTaken = "SAGA-0705"
        /// The server ended while it started.
        case startFailed = "SAGA-0706"
        /// The server did not become ready in time.
        case startTimedOut = "SAGA-0707"
        /// We run as root, and the account for PostgreSQL does not exist.
        case accountMissing = "SAGA-0708"
        /// The system refused to start a process.
        case spawnFailed = "SAGA-0709"
        /// A helper program (`initdb`, `psql`, `rabbitmqctl`) failed.
        case commandFailed = "SAGA-0710"
        /// The data was written by a version of the server that is not installed.
        case otherVersion = "SAGA-0711"
    }

    public let code: Code
    /// What happened, and the way out.
    public let message: String
    /// The last lines of the log or output that explain it; empty when there are none.
    public let details: String

    init(_ code: Code, _ message: String, details: String = "") {
        self.code = code
        self.message = message
        self.details = details
    }

    public var description: String {
        let text = "\(code.rawValue): \(message)"
        return details.isEmpty ? text : "\(text)\n\(details)"
    }
}
