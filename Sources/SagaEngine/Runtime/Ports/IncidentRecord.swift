public import SagaCore
public import SagaValues

/// What an incident is called.
public struct IncidentName: Sendable, Hashable {
    public let saga: UUID
    public let openedRevision: Int

    public init(saga: UUID, openedRevision: Int) {
        self.saga = saga
        self.openedRevision = openedRevision
    }
}

/// An incident as it is stored, with what of its saga it is looked for by.
public struct IncidentRecord: Sendable, Hashable {
    public let opening: IncidentOpening
    public let resolution: IncidentResolution?
    public let workflow: String
    public let version: Int
    public let tenant: String
    /// Who sees to it.
    public let assignee: String?

    public init(
        opening: IncidentOpening, resolution: IncidentResolution?, workflow: String, version: Int, tenant: String,
        assignee: String? = nil
    ) {
        self.opening = opening
        self.resolution = resolution
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.assignee = assignee
    }

    public var name: IncidentName { IncidentName(saga: opening.saga, openedRevision: opening.openedRevision) }
    public var place: IncidentPlace { IncidentPlace(at: opening.at, name: name) }
}

/// Where an incident stands in lists, which go from the newest to the oldest. None of it ever changes.
public struct IncidentPlace: Sendable, Hashable, Comparable {
    public let at: Timestamp
    public let name: IncidentName

    public init(at: Timestamp, name: IncidentName) {
        self.at = at
        self.name = name
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.at, left.name.saga, left.name.openedRevision) < (right.at, right.name.saga, right.name.openedRevision)
    }
}

/// What somebody wrote about an incident.
public struct IncidentComment: Sendable, Hashable {
    public let at: Timestamp
    public let author: String
    public let text: String

    public init(at: Timestamp, author: String, text: String) {
        self.at = at
        self.author = author
        self.text = text
    }
}

/// Incidents that have one cause, as far as can be told: an outage is one of these, however many sagas it holds up.
public struct IncidentGroup: Sendable, Hashable {
    public let workflow: String
    public let step: String
    public let participant: String
    public let cause: Incident.Cause
    public let errorCode: String?
    public let count: Int
    /// When the first and the last of them opened.
    public let first: Timestamp
    public let last: Timestamp
    /// Whose the newest are, at most ``sampleCount``.
    public let samples: [UUID]

    public static let sampleCount = 3

    public init(
        workflow: String, step: String, participant: String, cause: Incident.Cause, errorCode: String?, count: Int,
        first: Timestamp, last: Timestamp, samples: [UUID]
    ) {
        self.workflow = workflow
        self.step = step
        self.participant = participant
        self.cause = cause
        self.errorCode = errorCode
        self.count = count
        self.first = first
        self.last = last
        self.samples = samples
    }
}

extension SagaStore {
    /// Newest first; only open ones unless asked otherwise.
    public func incidents(
        saga: UUID?, tenant: String? = nil, openOnly: Bool, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        var filter = IncidentFilter()
        filter.saga = saga
        filter.tenant = tenant
        filter.state = openOnly ? .open : nil
        return try await incidents(filter, after: nil, limit: limit)
    }
}
