internal import Hummingbird
internal import Logging
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Who one is, and tokens: make, list, revoke.
struct AccessRoutes {
    let engine: Engine
    let store: any SagaStore
    let tokens: TokenBook
    let logger: Logger

    func add(to group: Routes) {
        group.get("whoami", .seeOneself, .whoami) { _, call in
            Answer(IdentityView(call.requester))
        }
        group.post("tokens", .manageTokens, .createToken, use: create)
        group.get("tokens", .manageTokens, .listTokens, use: list)
        group.post("tokens/:id/revoke", .manageTokens, .revokeToken, use: revoke)
    }

    private func create(_ request: Request, _ call: Call) async throws -> Answer<TokenView> {
        let body = try await request.decode(TokenBody.self, members: TokenBody.members)
        try Problem.checkLabel(body.subject, "subject")
        try Problem.checkLabel(body.tenant, "tenant")
        for group in body.groups ?? [] { try Problem.checkLabel(group, "each group") }
        guard (body.groups ?? []).count <= Limits.groups else {
            throw Problem.badRequest("a token may be in \(Limits.groups) groups at most")
        }
        guard let role = Requester.Role(rawValue: body.role) else {
            let roles = Requester.Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("role must be one of \(roles)")
        }
        let life = body.expires.map { Duration(sagaText: $0) } ?? TokenLife.usual
        guard let life, TokenLife.shortest...TokenLife.longest ~= life else {
            throw Problem.badRequest(
                "expires must be a duration such as 12h or 90d, from \(TokenLife.shortest.sagaText) to "
                    + TokenLife.longest.sagaText)
        }
        let made = TokenText.make()
        let token = try await store.create(
            accessToken: NewAccessToken(
                id: made.id, digest: made.digest, subject: body.subject, role: role,
                tenant: try call.requester.tenant(for: body.tenant), groups: Set(body.groups ?? []),
                createdBy: call.requester.subject, life: life))
        try await record("token-create", token, call.requester)
        log("an access token is made", token, call.requester)
        var view = TokenView(token)
        view.token = made.text
        return Answer(view, status: .created)
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<TokenList> {
        let all = try request.query("all", "true or false") { Bool($0) } ?? false
        let found = try await store.accessTokens(tenant: call.requester.tenant, all: all, limit: Limits.page)
        return Answer(TokenList(tokens: found.map { TokenView($0) }))
    }

    private func revoke(_ request: Request, _ call: Call) async throws -> Answer<TokenView> {
        let id = try call.parameter("id")
        guard
            let token = try await store.revoke(
                accessToken: id, tenant: call.requester.tenant, by: call.requester.subject)
        else { throw Problem.notFound("there is no token \(id.prefix(80))") }
        tokens.forget(id)
        try await record("token-revoke", token, call.requester)
        log("an access token is revoked", token, call.requester)
        return Answer(TokenView(token))
    }

    private func record(_ verb: String, _ token: AccessToken, _ requester: Requester) async throws {
        try await engine.audit(
            verb, .done, by: requester, reason: "",
            detail: [
                "token": .string(token.id), "subject": .string(token.subject), "role": .string(token.role.rawValue),
                "tenant": token.tenant.map { .string($0) } ?? .null,
                "groups": .array(token.groups.sorted().map { .string($0) }),
                "expiresAt": .string(token.expiresAt.description),
            ])
    }

    private func log(_ what: Logger.Message, _ token: AccessToken, _ requester: Requester) {
        logger.notice(
            what,
            metadata: [
                "token": "\(token.id)", "subject": "\(token.subject)", "role": "\(token.role)",
                "tenant": "\(token.tenant ?? "all")", "by": "\(requester.subject)",
                "credential": "\(requester.credential)", "address": "\(requester.address ?? "unknown")",
            ])
    }
}

/// How long tokens count.
enum TokenLife {
    static let usual = Duration.seconds(90 * 86_400)
    static let shortest = Duration.seconds(60)
    static let longest = AccessToken.longestLife
}

extension Requester {
    /// The tenant that something is made for, if `wanted` is asked for: one's own, or any if bound to none.
    func tenant(for wanted: String?) throws(Problem) -> String? {
        if let wanted, !sees(tenant: wanted) {
            throw .forbidden("\(subject) is bound to the tenant \(tenant ?? ""), and may not act for another one")
        }
        return tenant ?? wanted
    }
}

extension TokenView {
    init(_ token: AccessToken) {
        self.init(
            id: token.id, subject: token.subject, role: token.role.rawValue, tenant: token.tenant,
            groups: token.groups.sorted(), createdAt: token.createdAt, createdBy: token.createdBy,
            expiresAt: token.expiresAt, revokedAt: token.revokedAt, revokedBy: token.revokedBy,
            lastUsedAt: token.lastUsedAt)
    }
}

extension IdentityView {
    init(_ requester: Requester) {
        self.init(
            subject: requester.subject, credential: requester.credential, role: requester.role.rawValue,
            tenant: requester.tenant, groups: requester.groups.sorted(),
            permissions: Permission.allCases.filter { requester.may($0) }.map(\.rawValue))
    }
}
