import SagaAPI
import SagaValues
import TestAPI
import Testing

@Suite struct TokenCommandTests {
    @Test("a token is made, used, listed and revoked")
    func life() async throws {
        try await TestAPI.run { api in
            let made = try await saga(
                "token", "create", "--subject", "ann", "--role", "operator", "--tenant", "acme", "--group", "boss",
                "--group", "board", "--expires", "30d", environment: api.environment)
            #expect(made.status == 0)
            let token = try #require(made.lines.first)
            #expect(made.lines.count == 1 && token.hasPrefix("saga_"))
            #expect(made.errors.contains("once"))
            #expect(!made.errors.contains(token))

            let own = ["SAGA_URL": api.url, "SAGA_TOKEN": token]
            let who = try await saga("whoami", environment: own)
            for word in ["ann", "operator", "acme", "board, boss", "operateSagas"] {
                #expect(who.output.contains(word), "\(who.output)")
            }
            let json = try JSON(parsing: Array(try await saga("whoami", "--json", environment: own).output.utf8))
            #expect(json["tenant"] == "acme")
            let id = try #require(json["credential"]?.stringValue)

            let list = try await saga("token", "list", environment: api.environment)
            #expect(list.output.contains(id) && list.output.contains("boss"))
            #expect(!list.output.contains(token))
            let forbidden = try await saga("token", "list", environment: own)
            #expect(forbidden.status == 1 && forbidden.errors.contains("SAGA-0216"))

            let whole = try await saga("token", "revoke", token, environment: api.environment)
            #expect(whole.status != 0 && !whole.errors.contains(token), "a whole token is not sent, nor printed")
            let revoked = try await saga("token", "revoke", id, environment: api.environment)
            #expect(revoked.status == 0 && revoked.output.contains("is revoked"))
            let refused = try await saga("whoami", environment: own)
            #expect(refused.status == 1 && refused.errors.contains("SAGA-0202"))
            #expect(try await saga("token", "list", environment: api.environment).output == "no tokens\n")
            let all = try await saga("token", "list", "--all", "--json", environment: api.environment)
            #expect(try JSON(parsing: Array(all.output.utf8))["tokens"]?[0]?["revokedBy"] == "admin")
        }
    }

    @Test("a token as JSON has all that is known of it")
    func json() async throws {
        try await TestAPI.run { api in
            let made = try await saga(
                "token", "create", "--subject", "s", "--role", "service", "--json", environment: api.environment)
            let json = try JSON(parsing: Array(made.output.utf8))
            #expect(json["token"]?.stringValue?.hasPrefix("saga_") == true)
            #expect(json["role"] == "service" && json["tenant"] == nil)
        }
    }
}
