public import SagaValues

/// Which JSON Web Tokens are believed, and where they say who somebody is.
public struct JWTConfiguration: Sendable {
    /// A file with public keys (JWKS, RFC 7517), read again when it changes.
    public var keyFile: String?
    /// For tokens that name no key, HS256.
    public var secret: Secret?
    /// `iss` must be this, and `aud` have this.
    public var issuer: String
    public var audience: String
    /// The names of claims.
    public var roleClaim: String
    public var tenantClaim: String
    public var groupsClaim: String
    /// How far the clock of the issuer may be from this node's.
    public var leeway: Duration

    /// The tenant's claim for somebody who deals with all tenants: to leave it out must not be enough.
    public static let allTenants = "*"

    public init(
        keyFile: String?, secret: Secret?, issuer: String, audience: String, roleClaim: String = "role",
        tenantClaim: String = "tenant", groupsClaim: String = "groups", leeway: Duration = .seconds(30)
    ) {
        self.keyFile = keyFile
        self.secret = secret
        self.issuer = issuer
        self.audience = audience
        self.roleClaim = roleClaim
        self.tenantClaim = tenantClaim
        self.groupsClaim = groupsClaim
        self.leeway = leeway
    }
}

/// Keys that cannot be used: which, and why.
public struct JWTKeyError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
