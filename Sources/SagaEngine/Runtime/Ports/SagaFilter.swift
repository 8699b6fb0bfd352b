public import SagaCore
public import SagaValues

/// Which sagas to list; what is nil or empty does not restrict.
public struct SagaFilter: Sendable, Hashable {
    /// Only these, by name.
    public var ids: Set<UUID> = []
    public var statuses: Set<Saga.Status> = []
    public var workflow: String?
    /// Of whichever workflow, if none is named.
    public var version: Int?
    public var tenant: String?
    public var businessKey: String?
    public var idempotencyKey: String?
    /// Only sagas with an open incident.
    public var withIncident = false
    /// What one and the same open incident of the saga must be like.
    public var incident = IncidentTraits()
    public var startedAfter: Timestamp?
    public var startedBefore: Timestamp?
    /// Only sagas that have ended, after this time.
    public var endedAfter: Timestamp?
    public var endedBefore: Timestamp?
    /// When the saga last changed; one that has ended, when it ended.
    public var updatedAfter: Timestamp?
    public var updatedBefore: Timestamp?
    /// Only the children of this saga.
    public var parent: UUID?
    /// Children too: left out, lists show what somebody started.
    public var withChildren = false

    public init() {}
}

/// What an incident is like, apart from whose it is; what is nil does not restrict.
public struct IncidentTraits: Sendable, Hashable {
    public var step: String?
    public var participant: String?
    public var cause: Incident.Cause?
    public var errorCode: String?
    /// A part of the error's code or of its message. Whether a letter of A to Z is a capital does not count.
    public var errorText: String?

    public init() {}

    public var isEmpty: Bool { self == IncidentTraits() }
}

/// Which incidents to list or to group; what is nil does not restrict.
public struct IncidentFilter: Sendable, Hashable {
    public var state: IncidentState? = .open
    public var saga: UUID?
    public var workflow: String?
    public var version: Int?
    public var tenant: String?
    public var traits = IncidentTraits()
    public var openedAfter: Timestamp?
    public var openedBefore: Timestamp?

    public init() {}
}

public enum IncidentState: String, Sendable, Hashable, CaseIterable {
    case open, resolved
}
