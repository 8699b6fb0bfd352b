public import SagaValues

/// `POST /v1/sagas`
public struct StartBody: Codable, Sendable {
    public var workflow: String
    /// nil: the active version.
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
