internal import Postgres
internal import SagaValues
internal import SagaWire
internal import Synchronization

extension PostgresError {
    /// Lost against another transaction: the next run may win at once.
    var isContention: Bool {
        switch code {
        case .serializationFailure, .deadlock, .rolledBack: true
        default: false
        }
    }

    /// Ended while it waited for a lock, or by the server's limit for a statement. At the barrier that says that
    /// somebody is at the same command, who may yet commit it.
    var isLongWait: Bool { code == .lockTimeout || code == .cancelled }

    /// Not the handler's doing: the database is away, full, read-only or too busy.
    var isUnavailability: Bool {
        switch code {
        case .connectionFailed, .authenticationFailed, .databaseMissing, .tlsFailed, .tooManyConnections,
            .connectionLost, .timedOut, .shuttingDown, .poolExhausted, .closed, .serializationFailure, .deadlock,
            .lockTimeout, .cancelled, .rolledBack, .readOnly, .diskFull, .outOfResources, .serverFault:
            true
        case .outcomeUnknown, .taskCancelled, .uniqueViolation, .foreignKeyViolation, .checkViolation,
            .notNullViolation, .integrityViolation, .invalidData, .badSQL, .raised, .unexpectedValue,
            .insufficientPrivilege, .protocolViolation, .migrationChanged, .migrationOutOfOrder, .migrationFailed:
            false
        }
    }
}

extension Error {
    /// Whether the same thing may well succeed a while later, with nothing about it changed.
    var passesByItself: Bool {
        switch self {
        case is TemporaryFailure, is OutcomeUnknown, is CancellationError: true
        // Whoever keeps a failed statement to itself will do so again.
        case let error as PostgresError where error.code == .rolledBack: false
        case let error as PostgresError:
            error.isUnavailability || error.code == .outcomeUnknown || error.code == .taskCancelled
        default: false
        }
    }
}

extension ReplyError {
    /// Cut to what may be stored and sent: no endless texts, no details that no reader takes.
    var storable: ReplyError {
        var error = self
        error.code = String(error.code.prefix(64)).replacing("\0", with: "")
        if error.code.isEmpty { error.code = KitCode.internalError }
        error.message = String(error.message.prefix(1000)).replacing("\0", with: "")
        if let details, (try? JSON.checkedBytes(details, of: "details"))?.bytes.count ?? .max > 16_384 {
            error.details = nil
        }
        return error
    }
}

/// Whether the barrier has been heard in a run: then nothing of the command was committed before, or it would have
/// answered.
final class Hearing: Sendable {
    private let hasEnded = Atomic(false)

    var isOver: Bool { hasEnded.load(ordering: .acquiring) }

    func begin() { hasEnded.store(false, ordering: .releasing) }
    func end() { hasEnded.store(true, ordering: .releasing) }
}

/// Where a closure leaves its result for whoever called the one around it.
final class ResultBox<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    var value: Value? { content.withLock { $0 } }

    func set(_ value: Value) {
        content.withLock { $0 = value }
    }
}
