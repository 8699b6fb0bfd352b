import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let accessTokens: [StoreCheck] = [
        StoreCheck("an access token comes back as it was made, with the store's times, on every node") { fixture in
            let (store, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let new = NewAccessToken.sample("t1", tenant: "租户 'x'", groups: ["boss", "é"], life: .seconds(3600))
            let before = try await store.ping()
            let made = try await store.create(accessToken: new)
            let found = try #require(try await other.accessToken("t1"))
            #expect(found.token == made)
            #expect(before <= made.createdAt && made.createdAt <= found.now)
            #expect(made.expiresAt == made.createdAt + .seconds(3600))
            #expect((made.id, made.digest, made.subject) == (new.id, new.digest, new.subject))
            #expect((made.role, made.tenant, made.createdBy) == (new.role, new.tenant, new.createdBy))
            #expect(made.groups == new.groups)
            #expect(made.revokedAt == nil && made.revokedBy == nil && made.lastUsedAt == nil)
            #expect(try await store.accessToken("T1") == nil)
        },
        StoreCheck("every role can be kept, and a token without tenant and groups") { fixture in
            let store = try await fixture.makeStore()
            for role in Requester.Role.allCases {
                let made = try await store.create(
                    accessToken: .sample("of \(role)", role: role, tenant: nil, groups: []))
                #expect((made.role, made.tenant, made.groups) == (role, nil, []))
            }
        },
        StoreCheck("the same token made twice is one; its id for another secret is refused") { fixture in
            let store = try await fixture.makeStore()
            let made = try await store.create(accessToken: .sample("t1"))
            #expect(try await store.create(accessToken: .sample("t1")) == made)
            await #expect { try await store.create(accessToken: .sample("t1", digest: 9)) } throws: {
                ($0 as? StoreError)?.code == .broken
            }
            #expect(try await store.accessToken("t1")?.token == made)
        },
        StoreCheck("a token for more than a year is refused, and one for a year is not") { fixture in
            let store = try await fixture.makeStore()
            let year = AccessToken.longestLife
            await #expect(throws: StoreError.self) {
                try await store.create(accessToken: .sample("t1", life: year + .milliseconds(1)))
            }
            _ = try await store.create(accessToken: .sample("t2", life: year))
        },
        StoreCheck("a revoked token says since when and by whom; the first word stands") { fixture in
            let store = try await fixture.makeStore()
            _ = try await store.create(accessToken: .sample("t1"))
            let other = try await store.create(accessToken: .sample("t2"))
            let before = try await store.ping()
            let revoked = try #require(try await store.revoke(accessToken: "t1", tenant: nil, by: "anna"))
            #expect(try #require(revoked.revokedAt) >= before)
            #expect(revoked.revokedBy == "anna")
            #expect(try await store.revoke(accessToken: "t1", tenant: nil, by: "ben") == revoked)
            #expect(try await store.accessToken("t1")?.token == revoked)
            #expect(try await store.accessToken("t2")?.token == other)
            #expect(try await store.revoke(accessToken: "nothing", tenant: nil, by: "anna") == nil)
        },
        StoreCheck("a tenant's admin revokes tokens of that tenant, and no others") { fixture in
            let store = try await fixture.makeStore()
            for (id, tenant) in [("own", "acme"), ("other", "Acme"), ("all", nil)] {
                _ = try await store.create(accessToken: .sample(id, tenant: tenant))
            }
            #expect(try await store.revoke(accessToken: "other", tenant: "acme", by: "a") == nil)
            #expect(try await store.revoke(accessToken: "all", tenant: "acme", by: "a") == nil)
            #expect(try await store.revoke(accessToken: "own", tenant: "acme", by: "a") != nil)
            #expect(try await store.accessToken("other")?.token.revokedAt == nil)
            #expect(try await store.accessToken("all")?.token.revokedAt == nil)
        },
        StoreCheck("tokens are listed newest first, of a tenant or of all, without those that are past use") {
            fixture in
            let store = try await fixture.makeStore()
            for (id, tenant) in [("1", "acme"), ("2", nil), ("3", "other"), ("4", "acme"), ("5", "acme")] {
                _ = try await store.create(
                    accessToken: .sample(id, tenant: tenant, life: id == "4" ? .zero : .seconds(3600)))
            }
            _ = try await store.revoke(accessToken: "5", tenant: nil, by: "a")
            func ids(_ tenant: String?, all: Bool, limit: Int = 10) async throws -> [String] {
                try await store.accessTokens(tenant: tenant, all: all, limit: limit).map(\.id)
            }
            let (all, usable) = (try await ids(nil, all: true), try await ids(nil, all: false))
            #expect(all == ["5", "4", "3", "2", "1"])
            #expect(usable == ["3", "2", "1"])
            let (allOwn, usableOwn) = (try await ids("acme", all: true), try await ids("acme", all: false))
            #expect(allOwn == ["5", "4", "1"])
            #expect(usableOwn == ["1"])
            let newest = try await ids(nil, all: true, limit: 2)
            #expect(newest == ["5", "4"])
        },
        StoreCheck("a token's use is noted, and not again within a minute") { fixture in
            let store = try await fixture.makeStore()
            _ = try await store.create(accessToken: .sample("t1"))
            let before = try await store.ping()
            try await store.noteUse(ofAccessToken: "t1")
            let noted = try #require(try await store.accessToken("t1")?.token.lastUsedAt)
            #expect(noted >= before)
            try await store.noteUse(ofAccessToken: "t1")
            try await store.noteUse(ofAccessToken: "nothing")
            #expect(try await store.accessToken("t1")?.token.lastUsedAt == noted)
        },
    ]
}

extension NewAccessToken {
    fileprivate static func sample(
        _ id: String, digest: UInt8 = 7, role: Requester.Role = .operator, tenant: String? = "acme",
        groups: Set<String> = ["boss"], life: Duration = .seconds(60)
    ) -> NewAccessToken {
        NewAccessToken(
            id: id, digest: Array(repeating: digest, count: 32), subject: "ann", role: role, tenant: tenant,
            groups: groups, createdBy: "root", life: life)
    }
}
