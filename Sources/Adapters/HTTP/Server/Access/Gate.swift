internal import Logging
internal import SagaAPI
internal import SagaEngine
public import SagaValues

/// How the API knows who asks, and how much each may ask.
public struct AccessConfiguration: Sendable {
    /// The token of the built-in admin of all tenants, who makes the first tokens.
    public var adminToken: Secret?
    public var jwt: JWTVerifier?
    /// How many requests a second each credential may make in the long run; 0 does not limit them.
    public var rate: Int
    /// How many it may make at once after a pause.
    public var burst: Int

    public init(adminToken: Secret?, jwt: JWTVerifier? = nil, rate: Int = 1_000, burst: Int = 2_000) {
        self.adminToken = adminToken
        self.jwt = jwt
        self.rate = rate
        self.burst = burst
    }
}

/// Finds out who asks, and lets in no more than may come.
struct Gate {
    private let configuration: AccessConfiguration
    private let tokens: TokenBook
    private let limiter: RateLimiter
    private let refusals: JWTRefusalLog

    init(_ configuration: AccessConfiguration, tokens: TokenBook, log: Logger) {
        self.configuration = configuration
        self.tokens = tokens
        limiter = RateLimiter(rate: configuration.rate, burst: configuration.burst)
        refusals = JWTRefusalLog(log)
    }

    /// - Parameter header: the header `Authorization`.
    /// - Throws: the same for whatever is wrong with a credential, so that nothing is learnt from a refusal.
    func admit(_ header: String?, from address: String?) async throws -> Requester {
        let scheme = "bearer "
        guard let header, header.utf8.count <= Limits.credential, header.prefix(scheme.count).lowercased() == scheme
        else { throw Problem.unauthorized }
        let credential = Secret(String(header.dropFirst(scheme.count)))
        guard let requester = try await find(credential, address) else { throw Problem.unauthorized }
        // Many people may show what one key has signed.
        if let wait = limiter.take("\(requester.credential) \(requester.subject)") { throw Throttled(wait: wait) }
        return requester
    }

    private func find(_ credential: Secret, _ address: String?) async throws -> Requester? {
        // Compared in constant time, so that the answer's timing tells nothing.
        if let admin = configuration.adminToken, credential == admin {
            return Requester(subject: "admin", credential: "http.token", role: .admin, address: address)
        }
        if let presented = TokenText(credential) { return try await tokens.requester(presented, from: address) }
        do throws(JWTVerifier.Refusal) {
            return try configuration.jwt?.read(credential, at: .now(), from: address)
        } catch {
            refusals.note(error, from: address)
            return nil
        }
    }
}

/// Too much was asked.
struct Throttled: Error {
    let wait: Duration

    /// In whole seconds, at least one: what `Retry-After` takes.
    var seconds: Int64 { max(1, wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)) }
}
