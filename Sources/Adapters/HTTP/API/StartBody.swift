public import SagaValues

/// `POST /v1/sagas`
public struct StartBody: Codable, Sendable {
    public var workflow: String
    /// nil: the highest deployed version.
    public var version: Int?
    public var tenant: String?
    /// What people call it: an order number, say.
    public var businessKey: String?
    public var input: JSON

    enum CodingKeys: String, CodingKey, CaseIterable { case workflow, version, tenant, businessKey, input }

    /// The names that it may have.
    public static var members: Set<String> { Set(CodingKeys.allCases.map(\.rawValue)) }

    public init(workflow: String, version: Int? = nil, tenant: String? = nil, businessKey: String? = nil, input: JSON) {
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.businessKey = businessKey
        self.input = input
    }
}

/// `POST /v1/sagas/{id}/retry`, `…/compensate`, `…/approve` and `…/refuse`
public struct OperatorBody: Codable, Sendable {
    /// Why; it stays in the history.
    public var reason: String
    /// The step to retry or to approve; nil: every step that waits for a person or its next attempt, and the only one
    /// that waits for consent.
    public var step: String?

    enum CodingKeys: String, CodingKey, CaseIterable { case reason, step }

    /// The names that it may have.
    public static var members: Set<String> { Set(CodingKeys.allCases.map(\.rawValue)) }

    public init(reason: String, step: String? = nil) {
        self.reason = reason
        self.step = step
    }
}

/// What a verb did.
public struct OperatorAnswer: Codable, Sendable {
    public var id: UUID
    public var status: String
    public var revision: Int

    public init(id: UUID, status: String, revision: Int) {
        self.id = id
        self.status = status
        self.revision = revision
    }
}
