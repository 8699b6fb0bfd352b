/// What went wrong with PostgreSQL.
///
/// Decide by ``code``. ``description`` is fit for logs: it never holds passwords, parameters or row values.
public struct PostgresError: Error, Sendable {
    public let code: Code
    /// One line: the server's primary message, or ours.
    public let message: String
    /// The server's SQLSTATE, when the server spoke.
    public let sqlState: String?
    /// The violated constraint, when there is one.
    public let constraint: String?
    /// Which statement of a batch failed, counted from 0.
    public var statementIndex: Int?
    /// The server's detail line. It may hold row values: do not log it.
    public let detail: String?

    init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        constraint: String? = nil,
        statementIndex: Int? = nil,
        detail: String? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.statementIndex = statementIndex
        self.detail = detail
    }

    public enum Code: String, Sendable, Hashable, CaseIterable {
        // Reaching the server.
        case connectionFailed, authenticationFailed, databaseMissing, tlsFailed, tooManyConnections
        /// Lost before anything can have been committed.
        case connectionLost
        /// Lost, or out of time, when a commit may have happened: look before doing it again.
        case outcomeUnknown
        /// Our own deadline passed, and surely nothing was committed.
        case timedOut
        /// The calling task was cancelled, and surely nothing was committed.
        case taskCancelled
        /// The server is starting, stopping or was told to end the session.
        case shuttingDown
        /// The pool had no connection in time, or too many callers wait for one.
        case poolExhausted
        /// The connection, pool or transaction was used after its end.
        case closed

        // Try the whole transaction again.
        case serializationFailure, deadlock, lockTimeout
        /// The server ended the statement: `statement_timeout`, or an operator's cancel.
        case cancelled
        /// COMMIT was answered with ROLLBACK, because a statement had failed.
        case rolledBack

        // What the data or the statement did not allow.
        case uniqueViolation, foreignKeyViolation, checkViolation, notNullViolation, integrityViolation
        case invalidData, badSQL, raised
        /// A result was not of the type it was read as.
        case unexpectedValue

        // The server's condition.
        case readOnly, insufficientPrivilege, diskFull, outOfResources, serverFault
        case protocolViolation

        // Migrations.
        case migrationChanged, migrationOutOfOrder, migrationFailed
    }

    /// Whether the same transaction may succeed when it is run again from its start, and surely had no
    /// effect yet. Never so for ``Code/outcomeUnknown``.
    public var isRetryable: Bool {
        switch code {
        case .serializationFailure, .deadlock, .lockTimeout, .cancelled, .connectionFailed, .connectionLost,
            .shuttingDown, .tooManyConnections:
            true
        case .authenticationFailed, .databaseMissing, .tlsFailed, .outcomeUnknown, .timedOut, .taskCancelled,
            .poolExhausted, .closed, .rolledBack, .uniqueViolation, .foreignKeyViolation, .checkViolation,
            .notNullViolation, .integrityViolation, .invalidData, .badSQL, .raised, .unexpectedValue, .readOnly,
            .insufficientPrivilege, .diskFull, .outOfResources, .serverFault, .protocolViolation,
            .migrationChanged, .migrationOutOfOrder, .migrationFailed:
            false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = reference.map { "\($0): \(message)" } ?? message
        if let statementIndex { text += " (statement \(statementIndex + 1) of its batch)" }
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        return text
    }

    /// The page under `docs/errors` that tells how to mend it; nil for what only a programmer can.
    public var reference: String? {
        switch code {
        case .connectionFailed: "SAGA-0401"
        case .authenticationFailed: "SAGA-0402"
        case .databaseMissing: "SAGA-0403"
        case .tlsFailed: "SAGA-0404"
        case .tooManyConnections: "SAGA-0405"
        case .connectionLost: "SAGA-0406"
        case .outcomeUnknown: "SAGA-0407"
        case .timedOut, .cancelled: "SAGA-0408"
        case .readOnly: "SAGA-0409"
        case .diskFull, .outOfResources: "SAGA-0410"
        case .insufficientPrivilege: "SAGA-0411"
        case .poolExhausted: "SAGA-0412"
        case .shuttingDown: "SAGA-0413"
        case .serializationFailure, .deadlock, .lockTimeout: "SAGA-0414"
        case .invalidData: "SAGA-0415"
        case .serverFault: "SAGA-0416"
        case .migrationChanged: "SAGA-0420"
        case .migrationOutOfOrder: "SAGA-0421"
        case .migrationFailed: "SAGA-0422"
        case .taskCancelled, .closed, .rolledBack, .uniqueViolation, .foreignKeyViolation, .checkViolation,
            .notNullViolation, .integrityViolation, .badSQL, .raised, .unexpectedValue, .protocolViolation:
            nil
        }
    }
}
