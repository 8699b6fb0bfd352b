internal import Postgres
internal import SagaEngine

extension StoreError {
    /// Runs a body and tells its errors in the words of the port.
    static func translating<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws(PostgresError) -> R
    ) async throws(StoreError) -> R {
        do throws(PostgresError) {
            return try await body()
        } catch {
            throw StoreError(error)
        }
    }

    /// The same for reading results.
    static func reading<R>(_ body: () throws(PostgresError) -> R) throws(StoreError) -> R {
        do throws(PostgresError) {
            return try body()
        } catch {
            throw StoreError(error)
        }
    }

    init(_ error: PostgresError) {
        self.init(Code(error), error.description)
    }
}

extension StoreError.Code {
    /// What two transactions may take from each other. Anything else that is not unique is a bug.
    private static let startConstraints: Set<String> = [
        "saga_origins_start_key", "saga_origins_child", "saga_origins_pkey", "sagas_pkey", "saga_locks_holder",
        "saga_locks_pkey",
    ]

    init(_ error: PostgresError) {
        switch error.sqlState {
        case "SG001": self = .nodeRetired
        case "SG002": self = .startConflict
        case "SG004": self = .versionRetired
        default: self = Self.ofCode(error)
        }
    }

    private static func ofCode(_ error: PostgresError) -> StoreError.Code {
        switch error.code {
        case .connectionFailed, .authenticationFailed, .databaseMissing, .tlsFailed, .tooManyConnections,
            .connectionLost, .timedOut, .taskCancelled, .shuttingDown, .poolExhausted, .closed, .cancelled:
            .unavailable
        case .outcomeUnknown:
            .outcomeUnknown
        case .serializationFailure, .deadlock, .rolledBack:
            .contention
        case .lockTimeout:
            .blocked
        case .uniqueViolation:
            error.constraint.map(startConstraints.contains) ?? false ? .startConflict : .broken
        case .readOnly, .insufficientPrivilege, .diskFull, .outOfResources:
            .refused
        case .serverFault:
            // The server is damaged, or a disk is: nothing that another batch could make better.
            .refused
        case .foreignKeyViolation, .checkViolation, .notNullViolation, .integrityViolation, .invalidData, .badSQL,
            .raised, .unexpectedValue, .protocolViolation, .migrationChanged, .migrationOutOfOrder, .migrationFailed:
            .broken
        }
    }
}
