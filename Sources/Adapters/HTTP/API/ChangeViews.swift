public import SagaValues

/// What happened to some saga, as the stream of all changes tells it; what came with it stands in the saga's history.
public struct ChangeView: Codable, Sendable {
    public var saga: UUID
    /// With the saga, the change's name: it may be told more than once.
    public var revision: Int
    public var at: Timestamp
    /// As in a history: `started`, `done`, `rejected`, `timer`, …
    public var kind: String
    public var step: String?
    /// Which item of an `each` it is about, from 0.
    public var item: Int?
    public var direction: String?
    public var attempt: Int?
    public var workflow: String
    public var version: Int
    public var tenant: String
    public var businessKey: String?
    /// The saga that this one is a part of.
    public var parent: UUID?
    /// Where the saga stands after it; nil if it had moved on before anybody looked.
    public var status: String?

    public init(
        saga: UUID, revision: Int, at: Timestamp, kind: String, step: String?, item: Int?, direction: String?,
        attempt: Int?, workflow: String, version: Int, tenant: String, businessKey: String?, parent: UUID?,
        status: String?
    ) {
        self.saga = saga
        self.revision = revision
        self.at = at
        self.kind = kind
        self.step = step
        self.item = item
        self.direction = direction
        self.attempt = attempt
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.businessKey = businessKey
        self.parent = parent
        self.status = status
    }
}

/// The last event of a stream.
public struct StreamEndView: Codable, Sendable {
    /// `saga-ended`, `too-slow`, `shutdown`, `credential` or `waited`.
    public var reason: String
    /// In a sentence, with what to do.
    public var detail: String
    /// How the saga ended, if it did.
    public var status: String?

    public init(reason: String, detail: String, status: String? = nil) {
        self.reason = reason
        self.detail = detail
        self.status = status
    }
}
