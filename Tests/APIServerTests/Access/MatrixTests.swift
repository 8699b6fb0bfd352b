import APIServer
import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

/// How a route is asked for, and who may: written down here once more, so that a slip in the server's table is seen.
private struct Ask {
    let roles: Set<Requester.Role>
    let scope: Scope
    var body: String?
    var headers: [String: String] = [:]

    enum Scope {
        /// About the saga, the token, or the job, whose id stands in the path.
        case saga, token, job
        /// Gives what belongs to tenants.
        case list
        /// Makes something for a tenant.
        case making
        /// The same for all tenants.
        case shared
        /// Only for who is bound to no tenant.
        case allTenants
    }

    static let everybody = Set(Requester.Role.allCases)
    /// What happened within the last hour, at once.
    static let sinceAnHour = [
        "Prefer": "wait=0", "Last-Event-ID": "\((Timestamp.now() - .seconds(3_600)).microseconds)",
    ]
    static let people: Set<Requester.Role> = [.viewer, .operator, .admin]

    static func verb(_ more: String = "", _ roles: Set<Requester.Role> = [.operator, .admin]) -> Ask {
        Ask(roles: roles, scope: .saga, body: #"{"reason":"r"\#(more)}"#)
    }

    static let steering = Ask(roles: [.operator, .admin], scope: .job, body: #"{"reason":"r"}"#)
}

@Suite("Every route, every role, every kind of credential") struct MatrixTests {
    private static let asks: [String: Ask] = [
        "GET /v1/whoami": Ask(roles: Ask.everybody, scope: .shared),
        "POST /v1/sagas": Ask(
            roles: [.operator, .admin, .service], scope: .making, body: #"{"workflow":"delivery","input":{}}"#,
            headers: ["Idempotency-Key": "made by the matrix"]),
        "GET /v1/sagas": Ask(roles: Ask.everybody, scope: .list),
        "GET /v1/sagas/{id}": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/sagas/{id}/history": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/sagas/{id}/changes": Ask(roles: Ask.everybody, scope: .saga, headers: ["Prefer": "wait=0"]),
        "GET /v1/sagas/{id}/tree": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/overview": Ask(roles: Ask.everybody, scope: .list),
        "GET /v1/changes": Ask(roles: Ask.everybody, scope: .list, headers: Ask.sinceAnHour),
        "GET /v1/sagas/{id}/explanation": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/sagas/{id}/diagram": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/sagas/{id}/migration": Ask(roles: Ask.everybody, scope: .saga),
        "GET /v1/sagas/{id}/export": Ask(roles: [.operator, .admin], scope: .saga),
        "GET /v1/incidents": Ask(roles: Ask.people, scope: .list),
        "GET /v1/incident-groups": Ask(roles: Ask.people, scope: .list),
        "GET /v1/incidents/{saga}/{revision}": Ask(roles: Ask.people, scope: .saga),
        "POST /v1/incidents/{saga}/{revision}/assign": Ask(
            roles: [.operator, .admin], scope: .saga, body: #"{"assignee":"ann"}"#),
        "POST /v1/incidents/{saga}/{revision}/comment": Ask(
            roles: [.operator, .admin], scope: .saga, body: #"{"text":"seen"}"#),
        "GET /v1/workflows/{name}/statistics": Ask(roles: Ask.people, scope: .allTenants),
        "GET /v1/participants": Ask(roles: Ask.people, scope: .allTenants),
        "GET /v1/participants/{name}": Ask(roles: Ask.people, scope: .allTenants),
        "POST /v1/participants/{name}/limits": Ask(
            roles: [.operator, .admin], scope: .allTenants, body: #"{"inFlight":5,"reason":"r"}"#),
        "POST /v1/participants/{name}/breaker": Ask(
            roles: [.operator, .admin], scope: .allTenants, body: #"{"mode":"automatic","reason":"r"}"#),
        "GET /v1/audit": Ask(roles: Ask.people, scope: .list),
        "GET /v1/failed-starts": Ask(roles: Ask.people, scope: .allTenants),
        "GET /v1/dead-letters": Ask(roles: [.operator, .admin], scope: .allTenants),
        "GET /v1/dead-letters/{id}": Ask(roles: [.operator, .admin], scope: .allTenants),
        "POST /v1/dead-letters/{id}/put-back": Ask(
            roles: [.operator, .admin], scope: .allTenants, body: #"{"reason":"r"}"#),
        "POST /v1/dead-letters/{id}/discard": Ask(
            roles: [.operator, .admin], scope: .allTenants, body: #"{"reason":"r"}"#),
        "GET /v1/workflows": Ask(roles: Ask.people, scope: .shared),
        "GET /v1/workflows/{name}": Ask(roles: Ask.people, scope: .shared),
        "GET /v1/workflows/{name}/{version}": Ask(roles: Ask.people, scope: .shared),
        "POST /v1/workflows/{name}/{version}/activate": Ask(
            roles: [.admin], scope: .allTenants, body: #"{"reason":"r"}"#),
        "POST /v1/workflows/{name}/{version}/retire": Ask(
            roles: [.admin], scope: .allTenants, body: #"{"reason":"r","dryRun":true}"#),
        "POST /v1/workflows": Ask(
            roles: [.admin], scope: .allTenants, body: TestAPI.delivery, headers: ["Content-Type": "application/yaml"]),
        "POST /v1/sagas/{id}/retry": .verb(),
        "POST /v1/sagas/{id}/compensate": .verb(),
        "POST /v1/sagas/{id}/approve": .verb(),
        "POST /v1/sagas/{id}/refuse": .verb(),
        "POST /v1/sagas/{id}/skip": .verb(#","step":"ship""#),
        "POST /v1/sagas/{id}/resolve": .verb(#","step":"ship","outcome":"undone""#),
        "POST /v1/sagas/{id}/patch": .verb(#","step":"ship","patch":{}"#),
        "POST /v1/sagas/{id}/pause": .verb(),
        "POST /v1/sagas/{id}/resume": .verb(),
        "POST /v1/sagas/{id}/abandon": .verb("", [.admin]),
        "POST /v1/sagas/{id}/migrate": .verb(#","version":1"#),
        "POST /v1/sagas/{id}/rerun": .verb(),
        "POST /v1/sagas/{id}/signal": .verb(#","event":"paid","id":"e1","body":{}"#),
        "POST /v1/jobs": Ask(
            roles: [.operator, .admin], scope: .making,
            body: #"{"verb":"retry","filter":{"workflow":"delivery"},"reason":"r"}"#,
            headers: ["Idempotency-Key": "made by the matrix"]),
        "GET /v1/jobs": Ask(roles: Ask.people, scope: .list),
        "GET /v1/jobs/{id}": Ask(roles: Ask.people, scope: .job),
        "GET /v1/jobs/{id}/items": Ask(roles: Ask.people, scope: .job),
        "POST /v1/jobs/{id}/pause": .steering,
        "POST /v1/jobs/{id}/resume": .steering,
        "POST /v1/jobs/{id}/abort": .steering,
        "POST /v1/tokens": Ask(roles: [.admin], scope: .making, body: #"{"subject":"s","role":"viewer"}"#),
        "GET /v1/tokens": Ask(roles: [.admin], scope: .list),
        "POST /v1/tokens/{id}/revoke": Ask(roles: [.admin], scope: .token),
    ]

    /// Two tenants with a saga that waits for a person and a token each.
    private struct World {
        let api: TestAPI
        let sagas: [String: UUID]
        let tokens: [String: String]
        let letter: UUID
        /// One each, that is done.
        let jobs: [String: UUID]

        func target(_ route: APIRoute, _ scope: Ask.Scope, of tenant: String?) -> String {
            let id: String
            switch scope {
            case .token: id = tenant.flatMap { tokens[$0] } ?? "0123456789abcdef"
            case _ where route.path.hasPrefix("/v1/dead-letters/"): id = letter.description
            case .job: id = (tenant.flatMap { jobs[$0] } ?? UUID.v7()).description
            default: id = (tenant.flatMap { sagas[$0] } ?? UUID.v7()).description
            }
            let path = route.path.replacing("{id}", with: id).replacing("{saga}", with: id).replacing(
                "{revision}", with: "3"
            ).replacing("{name}", with: route.path.contains("participants") ? "parcel" : "delivery")
                .replacing("{version}", with: "1")
            return path + (route.path.hasSuffix("/migration") ? "?version=1" : "")
        }

        func send(
            _ route: APIRoute, _ ask: Ask, at tenant: String?, as token: String, body: String? = nil
        ) async throws -> HTTPAnswer {
            try await api.send(
                route.method, target(route, ask.scope, of: tenant), body ?? ask.body, as: token, headers: ask.headers)
        }
    }

    private static let (own, other) = ("acme", "globex")

    private func withWorld(_ body: @escaping @Sendable (World) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            var (sagas, tokens): ([String: UUID], [String: String]) = ([:], [:])
            for tenant in [Self.own, Self.other] {
                sagas[tenant] = try await api.start("delivery", key: "key", tenant: tenant)
                tokens[tenant] = try await api.token(.viewer, tenant: tenant).id
            }
            try await eventually("both wait for a person") {
                try await api.get("/v1/incidents").decode(IncidentList.self).incidents.count == 2
            }
            // So that each has a line in the audit.
            for saga in sagas.values {
                _ = try await api.send("POST", "/v1/sagas/\(saga)/compensate", #"{"reason":"too late"}"#)
            }
            var jobs: [String: UUID] = [:]
            for tenant in [Self.own, Self.other] {
                let made = try await api.send(
                    "POST", "/v1/jobs",
                    #"{"verb":"pause","filter":{"key":"nothing"},"reason":"r","tenant":"\#(tenant)"}"#,
                    headers: ["Idempotency-Key": "of \(tenant)"])
                jobs[tenant] = try made.decode(JobAnswer.self).job?.id
            }
            let letter = NewDeadLetter.sample()
            try await api.memory.keep(deadLetters: [letter])
            try await body(World(api: api, sagas: sagas, tokens: tokens, letter: letter.id, jobs: jobs))
        }
    }

    @Test("every route says who may take it, is asked for here, and there are no others")
    func complete() async throws {
        try await withWorld { world in
            let routes = world.api.routes
            #expect(routes.filter { $0.access == .nobody }.isEmpty)
            #expect(
                Set(routes.filter { $0.access == .open }.map { "\($0.method) \($0.path)" }) == [
                    "GET /health/live", "GET /health/ready", "GET /openapi.json",
                ])
            let closed = routes.filter { $0.access != .open }.map { "\($0.method) \($0.path)" }
            #expect(closed.count == Set(closed).count)
            #expect(Set(closed) == Set(Self.asks.keys))
        }
    }

    private static func closedRoutes(_ world: World) throws -> [(APIRoute, Ask)] {
        try world.api.routes.filter { $0.access != .open }.map {
            ($0, try #require(asks["\($0.method) \($0.path)"], "no word of \($0.path)"))
        }
    }

    @Test("without a credential that is good, nothing is answered, and all refusals are the same")
    func strangers() async throws {
        try await withWorld { world in
            let good = try await world.api.token(.admin)
            let revoked = try await world.api.token(.admin)
            _ = try await world.api.memory.revoke(accessToken: revoked.id, tenant: nil, by: "the test")
            let expired = try await world.api.token(.admin, life: .zero)
            let wrongSecret = good.text.dropLast(4) + (good.text.hasSuffix("0000") ? "1111" : "0000")
            let bad = [
                "", String(wrongSecret), revoked.text, expired.text, String(good.text.dropLast()), good.id,
                "saga_0123456789abcdef_" + String(repeating: "0", count: 64), "eyJhbGciOiJub25lIn0.e30.",
            ]
            #expect(try await world.api.send("GET", "/v1/whoami", as: good.text).status == 200)
            var bodies: Set<[UInt8]> = []
            for (route, ask) in try Self.closedRoutes(world) {
                for token in bad {
                    let answer = try await world.send(route, ask, at: Self.own, as: token)
                    try expectProblem(answer, 401, "SAGA-0202")
                    bodies.insert(answer.bytes)
                }
            }
            #expect(bodies.count == 1)
            for tenant in [Self.own, Self.other] {
                let incidents = try await world.api.get("/v1/incidents?saga=\(try #require(world.sagas[tenant]))")
                #expect(try incidents.decode(IncidentList.self).incidents.count == 1, "nothing was done")
            }
        }
    }

    @Test("a role that may not is refused, for its own tenant, another one and all", arguments: Requester.Role.allCases)
    func roles(_ role: Requester.Role) async throws {
        try await withWorld { world in
            let bound = try await world.api.token(role, tenant: Self.own)
            let free = try await world.api.token(role)
            for (route, ask) in try Self.closedRoutes(world) {
                let name = "\(role) \(route.method) \(route.path)"
                for token in [bound, free] {
                    let answer = try await world.send(route, ask, at: Self.own, as: token.text)
                    let isGranted = ask.roles.contains(role) && !(ask.scope == .allTenants && token == bound)
                    if isGranted {
                        #expect(answer.status < 500 && ![401, 403, 404].contains(answer.status), "\(name)")
                    } else {
                        try expectProblem(answer, 403, "SAGA-0216")
                    }
                    if token == bound {
                        let text = answer.text
                        #expect(!text.contains(Self.other), "\(name) tells of the other tenant: \(text)")
                        for id in [
                            world.sagas[Self.other]?.description, world.tokens[Self.other],
                            world.jobs[Self.other]?.description,
                        ] {
                            let id = try #require(id)
                            #expect(!text.contains(id), "\(name) tells of the other tenant")
                        }
                    }
                }
            }
        }
    }

    @Test("of another tenant there is nothing, and nothing can be done to it", arguments: Requester.Role.allCases)
    func tenants(_ role: Requester.Role) async throws {
        try await withWorld { world in
            let token = try await world.api.token(role, tenant: Self.own).text
            let saga = try #require(world.sagas[Self.other])
            let before = try await world.api.get("/v1/sagas/\(saga)").decode(SagaDetail.self).saga.revision
            for (route, ask) in try Self.closedRoutes(world) where ask.roles.contains(role) {
                switch ask.scope {
                case .saga, .token, .job:
                    for headers in [[:], ["Prefer": "wait=0"], ["If-Match": "\"99\""]] {
                        var ask = ask
                        ask.headers = headers
                        let foreign = try await world.send(route, ask, at: Self.other, as: token)
                        let missing = try await world.send(route, ask, at: nil, as: token)
                        try expectProblem(foreign, 404, "SAGA-0203")
                        try expectProblem(missing, 404, "SAGA-0203")
                        // The same but for the id, which came with the request.
                        func text(_ answer: HTTPAnswer) -> String {
                            let words = answer.text
                                .replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "ID")
                            return words.replacing(/token [0-9a-f]+/, with: "token ID")
                        }
                        #expect(text(foreign) == text(missing))
                    }
                case .making:
                    let body = try #require(ask.body).dropLast() + #","tenant":"\#(Self.other)"}"#
                    let refused = try await world.send(route, ask, at: nil, as: token, body: String(body))
                    try expectProblem(refused, 403, "SAGA-0216", naming: Self.own)
                    let own = try await world.send(route, ask, at: nil, as: token)
                    #expect(own.status == 201)
                    #expect(String(decoding: own.bytes, as: UTF8.self).contains(#""tenant":"\#(Self.own)""#))
                case .list:
                    let plain = try await world.send(route, ask, at: nil, as: token)
                    let text = String(decoding: plain.bytes, as: UTF8.self)
                    let own = try #require(world.sagas[Self.own]).description
                    #expect(text.contains(Self.own) || text.contains(own), "\(route.path) has what is one's own")
                    #expect(!text.contains(Self.other) && !text.contains(saga.description))
                case .shared, .allTenants: break
                }
            }
            let asked = try await world.api.send("GET", "/v1/sagas?tenant=\(Self.other)", as: token)
            #expect(try asked.decode(SagaPage.self).sagas.isEmpty)
            let parent = try await world.api.send("GET", "/v1/sagas?parent=\(saga)&children=true", as: token)
            #expect(try parent.decode(SagaPage.self).sagas.isEmpty)
            if Ask.people.contains(role) {
                let incidents = try await world.api.send("GET", "/v1/incidents?saga=\(saga)&state=all", as: token)
                #expect(try incidents.decode(IncidentList.self).incidents.isEmpty)
            }
            let after = try await world.api.get("/v1/sagas/\(saga)").decode(SagaDetail.self).saga.revision
            #expect(after == before)
        }
    }

    @Test("a path that is not there is 404 for whoever is known, whatever the role", arguments: Requester.Role.allCases)
    func nothing(_ role: Requester.Role) async throws {
        try await TestAPI.run { api in
            let token = try await api.token(role, tenant: Self.own).text
            try expectProblem(try await api.send("GET", "/v1/nothing", as: token), 404, "SAGA-0203")
            try expectProblem(try await api.send("DELETE", "/v1/sagas", as: token), 405, "SAGA-0215")
        }
    }
}
