public import SagaCore
public import SagaValues
public import Workflows

/// A wish to run a workflow.
public struct StartRequest: Sendable {
    public let workflow: String
    /// nil: the active version.
    public let version: Int?
    public let tenant: String
    public let idempotencyKey: String
    public let businessKey: String?
    public let input: JSON
    public let trace: TraceContext?

    public init(
        workflow: String, version: Int? = nil, tenant: String = "default", idempotencyKey: String,
        businessKey: String? = nil, input: JSON, trace: TraceContext? = nil
    ) {
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.idempotencyKey = idempotencyKey
        self.businessKey = businessKey
        self.input = input
        self.trace = trace
    }
}

public struct StartResult: Sendable, Hashable {
    public let saga: UUID
    /// False if it had been started before, with the same key and the same input.
    public let isNew: Bool
}

/// Why the engine does not do what was asked.
public enum EngineError: Error, Sendable {
    case unknownWorkflow(String, version: Int?)
    /// No saga starts with this version any more.
    case retiredVersion(String, version: Int, active: Int?)
    /// The version that starts take cannot be retired.
    case activeVersion(String, version: Int)
    case invalidInput([SchemaViolation])
    /// The input passes its schema, but a lock key cannot be made from it.
    case unusableLock(UnresolvedReference)
    /// The idempotency key was used for this saga with another input.
    case keyConflict(UUID)
    /// Another saga holds this lock key, or is in line for it.
    case busy(lock: String)
    case unknownSaga(UUID)
    /// No workflow names this participant, and nothing was ever heard of it.
    case unknownParticipant(String)
    /// The saga is no longer at the revision that was asked for.
    case moved(revision: Int)
    /// The saga's state does not allow it: why not, and what a person can ask for instead.
    case illegal(objection: String, legal: [String])
    /// Whoever asks may not: why, and who may.
    case forbidden(String)
    /// More starts wait than the node takes; try again later.
    case overloaded
    /// The store cannot be reached or written to, the node is starting or stopping, or its program is too old for the
    /// workflow; with the same key it is safe to ask again, also of another node.
    case unavailable(String)
    /// A fault of the program, or damaged data.
    case fault(String)
}
