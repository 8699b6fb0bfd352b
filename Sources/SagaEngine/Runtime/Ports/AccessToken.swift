public import SagaValues

/// A bearer token, without what is secret of it.
public struct AccessToken: Sendable, Hashable {
    /// Names it; no secret.
    public let id: String
    /// Of its secret. A store never has the secret itself.
    public let digest: [UInt8]
    public let subject: String
    public let role: Requester.Role
    /// nil: all tenants.
    public let tenant: String?
    public let groups: Set<String>
    public let createdAt: Timestamp
    /// Who had it made.
    public let createdBy: String
    public let expiresAt: Timestamp
    public let revokedAt: Timestamp?
    public let revokedBy: String?
    /// To the minute; nil if it was never used.
    public let lastUsedAt: Timestamp?

    /// The longest life that a token may be given.
    public static let longestLife = Duration.seconds(365 * 86_400)

    public init(
        id: String, digest: [UInt8], subject: String, role: Requester.Role, tenant: String?, groups: Set<String>,
        createdAt: Timestamp, createdBy: String, expiresAt: Timestamp, revokedAt: Timestamp? = nil,
        revokedBy: String? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.digest = digest
        self.subject = subject
        self.role = role
        self.tenant = tenant
        self.groups = groups
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.revokedBy = revokedBy
        self.lastUsedAt = lastUsedAt
    }
}

/// A token to be made; its times are the store's.
public struct NewAccessToken: Sendable, Hashable {
    public let id: String
    public let digest: [UInt8]
    public let subject: String
    public let role: Requester.Role
    public let tenant: String?
    public let groups: Set<String>
    public let createdBy: String
    public let life: Duration

    public init(
        id: String, digest: [UInt8], subject: String, role: Requester.Role, tenant: String?, groups: Set<String>,
        createdBy: String, life: Duration
    ) {
        self.id = id
        self.digest = digest
        self.subject = subject
        self.role = role
        self.tenant = tenant
        self.groups = groups
        self.createdBy = createdBy
        self.life = life
    }
}

/// A token as it was found, and the store's time then, by which it expires.
public struct FoundAccessToken: Sendable, Hashable {
    public let token: AccessToken
    public let now: Timestamp

    public init(token: AccessToken, now: Timestamp) {
        self.token = token
        self.now = now
    }
}
