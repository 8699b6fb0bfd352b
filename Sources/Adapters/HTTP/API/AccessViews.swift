public import SagaValues

/// `POST /v1/tokens`
public struct TokenBody: Codable, Sendable {
    /// Who shows it: as the history names them.
    public var subject: String
    /// `viewer`, `operator`, `admin` or `service`.
    public var role: String
    /// nil: the tenant of whoever asks, or all if that is bound to none.
    public var tenant: String?
    public var groups: [String]?
    /// `90d`, which it is if nothing is said; `365d` at most.
    public var expires: String?

    enum CodingKeys: String, CodingKey, CaseIterable { case subject, role, tenant, groups, expires }

    /// The names that it may have.
    public static var members: Set<String> { Set(CodingKeys.allCases.map(\.rawValue)) }

    public init(
        subject: String, role: String, tenant: String? = nil, groups: [String]? = nil, expires: String? = nil
    ) {
        self.subject = subject
        self.role = role
        self.tenant = tenant
        self.groups = groups
        self.expires = expires
    }
}

/// An access token, without its secret unless it was made just now.
public struct TokenView: Codable, Sendable {
    public var id: String
    public var subject: String
    public var role: String
    /// nil: all tenants.
    public var tenant: String?
    public var groups: [String]
    public var createdAt: Timestamp
    public var createdBy: String
    public var expiresAt: Timestamp
    public var revokedAt: Timestamp?
    public var revokedBy: String?
    /// To the minute.
    public var lastUsedAt: Timestamp?
    /// The token itself; only in the answer to its making.
    public var token: String?

    public init(
        id: String, subject: String, role: String, tenant: String?, groups: [String], createdAt: Timestamp,
        createdBy: String, expiresAt: Timestamp, revokedAt: Timestamp?, revokedBy: String?, lastUsedAt: Timestamp?
    ) {
        self.id = id
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

public struct TokenList: Codable, Sendable {
    public var tokens: [TokenView]

    public init(tokens: [TokenView]) {
        self.tokens = tokens
    }
}

/// Who a credential stands for.
public struct IdentityView: Codable, Sendable {
    public var subject: String
    /// `http.token`, the id of a token, or `jwt:` and the id of the key.
    public var credential: String
    public var role: String
    /// nil: all tenants.
    public var tenant: String?
    public var groups: [String]
    /// What it may do.
    public var permissions: [String]

    public init(
        subject: String, credential: String, role: String, tenant: String?, groups: [String], permissions: [String]
    ) {
        self.subject = subject
        self.credential = credential
        self.role = role
        self.tenant = tenant
        self.groups = groups
        self.permissions = permissions
    }
}
