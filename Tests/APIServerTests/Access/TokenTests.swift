import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("Access tokens") struct TokenTests {
    private func create(_ api: TestAPI, _ body: String, as token: String = TestAPI.token) async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/tokens", body, as: token)
    }

    @Test("a token is made, shown once, lets its bearer in as what it says, is listed and revoked")
    func life() async throws {
        try await TestAPI.run { api in
            let answer = try await create(
                api, #"{"subject":"ann","role":"operator","tenant":"acme","groups":["boss","b"],"expires":"90d"}"#)
            #expect(answer.status == 201)
            let made = try answer.decode(TokenView.self)
            let token = try #require(made.token)
            #expect(token.hasPrefix("saga_\(made.id)_"))
            #expect(made.expiresAt == made.createdAt + .seconds(90 * 86_400))
            #expect(made.createdBy == "admin")

            let who = try await api.send("GET", "/v1/whoami", as: token).decode(IdentityView.self)
            #expect((who.subject, who.role, who.tenant) == ("ann", "operator", "acme"))
            #expect((who.groups, who.credential) == (["b", "boss"], made.id))
            #expect(who.permissions.contains("operateSagas") && !who.permissions.contains("manageTokens"))

            try await eventually("its use is noted") {
                try await api.memory.accessToken(made.id)?.token.lastUsedAt != nil
            }
            let list = try await api.get("/v1/tokens")
            #expect(try list.decode(TokenList.self).tokens.map(\.id) == [made.id])
            #expect(!String(decoding: list.bytes, as: UTF8.self).contains(token.dropFirst(22)))

            let revoked = try await api.send("POST", "/v1/tokens/\(made.id)/revoke")
            #expect(try revoked.decode(TokenView.self).revokedBy == "admin")
            try expectProblem(try await api.send("GET", "/v1/whoami", as: token), 401, "SAGA-0202")
            #expect(try await api.get("/v1/tokens").decode(TokenList.self).tokens.isEmpty)
            #expect(try await api.get("/v1/tokens?all=true").decode(TokenList.self).tokens.map(\.id) == [made.id])
        }
    }

    @Test("the store has nothing that could be shown as a token")
    func hashed() async throws {
        try await TestAPI.run { api in
            let token = try #require(
                try await create(api, #"{"subject":"s","role":"viewer"}"#).decode(TokenView.self).token)
            let stored = try #require(try await api.memory.accessTokens(tenant: nil, all: true, limit: 9).first)
            let secret = try #require(token.split(separator: "_").last)
            #expect(secret.utf8.count == 64)
            #expect(stored.digest.count == 32)
            let hexadecimal = stored.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(hexadecimal != secret)
            #expect(!"\(stored)".contains(secret))
            let digest = "saga_\(stored.id)_\(hexadecimal)"
            try expectProblem(try await api.send("GET", "/v1/whoami", as: digest), 401, "SAGA-0202")
        }
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            (#"{"role":"viewer"}"#, "subject"), (#"{"subject":"","role":"viewer"}"#, "subject"),
            (#"{"subject":"s","role":"root"}"#, "viewer, operator, admin, service"),
            (#"{"subject":"s","role":"viewer","expires":"366d"}"#, "365d"),
            (#"{"subject":"s","role":"viewer","expires":"1s"}"#, "365d"),
            (#"{"subject":"s","role":"viewer","expires":"never"}"#, "365d"),
            (#"{"subject":"s","role":"viewer","tenant":""}"#, "tenant"),
            (#"{"subject":"s","role":"viewer","groups":[""]}"#, "group"),
            (#"{"subject":"s","role":"viewer","group":["g"]}"#, "group"),
        ])
    func malformed(body: String, word: String) async throws {
        try await TestAPI.run { api in
            try expectProblem(try await create(api, body), 400, "SAGA-0201", naming: word)
            #expect(try await api.memory.accessTokens(tenant: nil, all: true, limit: 9).isEmpty)
        }
    }

    @Test("a tenant's admin makes tokens for that tenant alone, and cannot deploy for all")
    func tenantAdmin() async throws {
        try await TestAPI.run { api in
            let admin = try await api.token(.admin, tenant: "acme").text
            let made = try await create(api, #"{"subject":"s","role":"admin"}"#, as: admin).decode(TokenView.self)
            #expect(made.tenant == "acme")
            let other = try await create(api, #"{"subject":"s","role":"admin","tenant":"x"}"#, as: admin)
            try expectProblem(other, 403, "SAGA-0216", naming: "acme")
        }
    }

    @Test("a token that expires while it is in use is refused from then on")
    func expires() async throws {
        try await TestAPI.run { api in
            let token = try await api.token(.viewer, life: .seconds(2)).text
            #expect(try await api.send("GET", "/v1/whoami", as: token).status == 200)
            try await eventually("it has expired") {
                try await api.send("GET", "/v1/whoami", as: token).status == 401
            }
        }
    }

    @Test("what another node revokes is refused here once the answer from before is no longer fresh")
    func revokedElsewhere() async throws {
        try await TestAPI.run { api in
            let book = TokenBook(store: api.memory, freshness: .milliseconds(20))
            let token = try await api.token(.viewer)
            let text = try #require(TokenText(Secret(token.text)))
            #expect(try await book.requester(text, from: nil) != nil)
            _ = try await api.memory.revoke(accessToken: token.id, tenant: nil, by: "the test")
            try await eventually("it is refused") { try await book.requester(text, from: nil) == nil }
        }
    }

    @Test("a token is looked up once for many requests, and its use noted once")
    func cached() async throws {
        let watched = Watched()
        try await TestAPI.run(watching: watched.store) { api in
            let book = TokenBook(store: api.store, freshness: .seconds(3600))
            let token = try await api.token(.viewer)
            let text = try #require(TokenText(Secret(token.text)))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<50 {
                    tasks.addTask {
                        let requester = try await book.requester(text, from: nil)
                        #expect(requester != nil)
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(watched.tokenReads == [token.id])
            try await eventually("its use is noted") { watched.tokenUses == [token.id] }
        }
    }

    @Test("tokens that nobody knows do not reach the store without bound, and those that are known still pass")
    func unknown() async throws {
        let watched = Watched()
        try await TestAPI.run(watching: watched.store) { api in
            let known = try await api.token(.viewer)
            #expect(try await api.send("GET", "/v1/whoami", as: known.text).status == 200)
            let one = TokenText.make().text
            for _ in 0..<5 {
                #expect(try await api.send("GET", "/v1/whoami", as: one).status == 401)
            }
            #expect(watched.tokenReads.count == 2, "that there is none is kept too")
            var statuses: [Int] = []
            for _ in 0..<200 {
                let answer = try await api.send("GET", "/v1/whoami", as: TokenText.make().text)
                statuses.append(answer.status)
                if answer.status == 429 { #expect(answer.headers["retry-after"] == "1") }
            }
            #expect(Set(statuses) == [401, 429])
            #expect(watched.tokenReads.count < 150)
            #expect(try await api.send("GET", "/v1/whoami", as: known.text).status == 200)
        }
    }

    @Test("answers that are kept do not grow without bound")
    func bounded() async throws {
        let memory = TestAPI.self
        try await memory.run { api in
            let book = TokenBook(store: api.memory, freshness: .seconds(3600), limit: 10)
            for _ in 0..<40 { _ = try? await book.requester(TokenText.make(), from: nil) }
            #expect(book.count <= 10)
        }
    }

    @Test("only what is written as a token is taken for one")
    func text() {
        let made = TokenText.make()
        #expect(TokenText(Secret(made.text))?.matches(made.digest) == true)
        #expect(TokenText(Secret(made.text))?.matches(TokenText.make().digest) == false)
        #expect(TokenText(Secret(made.text))?.matches([]) == false)
        let other = TokenText.make().text
        #expect(other != made.text)
        for wrong in [made.text + "0", made.text.uppercased(), "saga_\(made.id)", " " + made.text, "", "saga__"] {
            #expect(TokenText(Secret(wrong)) == nil, "\(wrong.count) characters")
        }
    }
}
