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

/// Where a closure leaves its result for whoever called the one around it.
final class ResultBox<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    var value: Value? { content.withLock { $0 } }

    func set(_ value: Value) {
        content.withLock { $0 = value }
    }
}
