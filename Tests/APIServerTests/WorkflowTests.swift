import SagaAPI
import SagaValues
import TestAPI
import Testing

@Suite struct WorkflowTests {
    private static let yaml = ["Content-Type": "application/yaml"]

    private func deploy(_ api: TestAPI, _ source: String, query: String = "") async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/workflows\(query)", source, headers: Self.yaml)
    }

    @Test("a definition is deployed, listed and shown as it was sent, and deploying it again changes nothing")
    func deployed() async throws {
        try await TestAPI.run { api in
            let answer = try await deploy(api, TestAPI.order)
            #expect(answer.status == 201)
            let view = try answer.decode(WorkflowView.self)
            #expect(view.workflow == "order")
            #expect(view.title == "An order")
            #expect(view.steps == 2)
            #expect(view.source == nil)
            #expect(try await deploy(api, TestAPI.order).decode(WorkflowView.self).deployedAt == view.deployedAt)
            let list = try await api.get("/v1/workflows").decode(WorkflowList.self)
            #expect(list.workflows.map(\.digest) == [view.digest])
            for target in ["/v1/workflows/order", "/v1/workflows/order/1"] {
                #expect(try await api.get(target).decode(WorkflowView.self).source == TestAPI.order)
            }
        }
    }

    @Test("a definition with errors is refused with each of them, by the sender's name of the file")
    func findings() async throws {
        try await TestAPI.run { api in
            let bad = "workflow: bad\nversion: 1\nsteps:\n  - a: { do: 7 }\n  - b: { doo: x.y }\n"
            let answer = try await deploy(api, bad, query: "?file=bad.yaml")
            try expectProblem(answer, 422, "SAGA-0205", naming: "bad.yaml")
            let findings = try #require(try answer.decode(Problem.self).findings)
            #expect(findings.count >= 2)
            #expect(findings.allSatisfy { $0["line"] != nil })
            #expect(try await api.get("/v1/workflows").decode(WorkflowList.self).workflows.isEmpty)
        }
    }

    @Test("a version is never replaced by another content")
    func immutable() async throws {
        try await TestAPI.run { api in
            #expect(try await deploy(api, TestAPI.order).status == 201)
            let other = TestAPI.order.replacing("An order", with: "Another order")
            try expectProblem(try await deploy(api, other), 409, "SAGA-0213", naming: "order version 1", "raise")
        }
    }

    @Test("what is no definition, is too large, or is asked for and not there is a problem")
    func refused() async throws {
        try await TestAPI.run { api in
            try expectProblem(try await deploy(api, "\u{0}"), 422, "SAGA-0205")
            try expectProblem(
                try await deploy(api, String(repeating: "#", count: 1_200_000)), 413, "SAGA-0214", naming: "a body")
            try expectProblem(
                try await api.send("POST", "/v1/workflows", "{}"), 415, "SAGA-0201", naming: "application/yaml")
            try expectProblem(try await api.get("/v1/workflows/order"), 404, "SAGA-0203", naming: "order")
            try expectProblem(try await api.get("/v1/workflows/order/one"), 400, "SAGA-0201", naming: "whole number")
            try expectProblem(try await deploy(api, "", query: "?fil=x"), 400, "SAGA-0201", naming: "file")
        }
    }
}
