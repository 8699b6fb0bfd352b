import SagaAPI
import SagaValues
import TestAPI
import Testing

@testable import APIServer

@Suite struct AccessTests {
    static let targets: [(method: String, target: String)] = [
        ("POST", "/v1/sagas"), ("GET", "/v1/sagas"), ("GET", "/v1/sagas/x"), ("GET", "/v1/sagas/x/history"),
        ("POST", "/v1/sagas/x/retry"), ("POST", "/v1/sagas/x/compensate"), ("GET", "/v1/incidents"),
        ("POST", "/v1/workflows"), ("GET", "/v1/workflows"), ("GET", "/v1/workflows/x"), ("GET", "/v1/workflows/x/1"),
        // Whoever has no token learns nothing of what there is either.
        ("GET", "/v1/nothing"), ("DELETE", "/v1/sagas"), ("GET", "/"), ("GET", "//health/live"), ("GET", "/health"),
    ]

    @Test("nothing but the health is answered without the token, and every refusal looks the same")
    func refused() async throws {
        try await TestAPI.run { api in
            var bodies: Set<[UInt8]> = []
            let wrong = [
                "", "Bearer", "Bearer ", "Bearer a-token-of-the-test", "Bearer \(TestAPI.token)x", TestAPI.token,
                "Basic \(TestAPI.token)",
            ]
            for (method, target) in Self.targets {
                for header in wrong {
                    let body = method == "POST" ? "{}" : nil
                    let answer = try await api.send(method, target, body, headers: ["Authorization": header])
                    try expectProblem(answer, 401, "SAGA-0202", naming: "Bearer")
                    #expect(answer.headers["www-authenticate"] == "Bearer")
                    bodies.insert(answer.bytes)
                }
            }
            #expect(bodies.count == 1)
            let text = String(decoding: bodies.first ?? [], as: UTF8.self)
            #expect(!text.contains(TestAPI.token))
        }
    }

    @Test("the scheme of the token may be written in any case")
    func scheme() async throws {
        try await TestAPI.run { api in
            let answer = try await api.get("/v1/sagas", headers: ["Authorization": "bearer \(TestAPI.token)"])
            #expect(answer.status == 200)
        }
    }

    @Test("an unknown path is a problem")
    func unknown() async throws {
        try await TestAPI.run { api in
            try expectProblem(try await api.get("/v1/nothing"), 404, "SAGA-0203", naming: "GET /v1/nothing")
            try expectProblem(try await api.get("/"), 404, "SAGA-0203")
            try expectProblem(try await api.get("/v1"), 404, "SAGA-0203")
            try expectProblem(try await api.send("DELETE", "/v1/sagas/x/nothing"), 404, "SAGA-0203", naming: "DELETE")
        }
    }

    @Test(
        "a method that a path does not have is a problem that names those it has",
        arguments: [
            ("DELETE", "/v1/sagas", "GET, POST"), ("PUT", "/v1/sagas/x", "GET"), ("GET", "/v1/sagas/x/retry", "POST"),
            ("PATCH", "/v1/workflows/x/1", "GET"), ("OPTIONS", "/v1/workflows?file=x", "GET, POST"),
            ("PUT", "/health/live", "GET"),
        ])
    func wrongMethod(method: String, target: String, allowed: String) async throws {
        try await TestAPI.run { api in
            let answer = try await api.send(method, target)
            try expectProblem(answer, 405, "SAGA-0215", naming: method, allowed)
            #expect(answer.headers["allow"] == allowed)
        }
    }

    @Test("paths and queries are decoded, and refused where that cannot be done")
    func decoded() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            #expect(try await api.get("/v1/workflows/%6frder").decode(WorkflowView.self).workflow == "order")
            try expectProblem(try await api.get("/v1/workflows/a%20b%2Fc"), 404, "SAGA-0203", naming: "a b/c")
            for target in ["workflows/a%00", "workflows/%ff", "workflows/%C3", "sagas?workflow=%ff", "sagas?key=a%00"] {
                try expectProblem(try await api.get("/v1/" + target), 400, "SAGA-0201")
            }
            // Which the tests' client does not send.
            for text in ["%", "%1", "%zz", "a%"] { #expect(PercentEncoding.decoded(text) == nil) }
            #expect(PercentEncoding.decoded("a%C3%A9+") == "a\u{e9}+")
        }
    }

    @Test("a path with its query has a limit")
    func longTarget() async throws {
        try await TestAPI.run { api in
            let query = "/health/live?x="
            let fits = query + String(repeating: "w", count: (8 << 10) - query.utf8.count)
            #expect(try await api.get(fits).status == 200)
            try expectProblem(try await api.get(fits + "w"), 414, "SAGA-0214", naming: "8192")
        }
    }
}
