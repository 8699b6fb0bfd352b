import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import Testing

@Suite("Activating and retiring versions") struct VersionTests {
    private static let second = TestAPI.order.replacing("version: 1", with: "version: 2")

    private func change(
        _ api: TestAPI, _ verb: String, _ version: String, _ body: String = #"{"reason":"a bad day"}"#,
        of name: String = "order"
    ) async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/workflows/\(name)/\(version)/\(verb)", body)
    }

    private func states(_ api: TestAPI) async throws -> [String] {
        try await api.get("/v1/workflows").decode(WorkflowList.self).workflows.map { "\($0.version) \($0.state)" }
    }

    private func start(_ api: TestAPI, _ key: String, version: Int? = nil) async throws -> HTTPAnswer {
        let named = version.map { #","version":\#($0)"# } ?? ""
        return try await api.send(
            "POST", "/v1/sagas", #"{"workflow":"order","input":{"n":1}\#(named)}"#, headers: ["Idempotency-Key": key])
    }

    @Test("there and back: lists and views tell how it is, starts follow, and the audit says who and why")
    func thereAndBack() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.order)
            try await api.deploy(Self.second)
            #expect(try await states(api) == ["1 inactive", "2 active"])
            #expect(try await start(api, "two").decode(SagaDetail.self).saga.version == 2)

            let told = try await change(api, "activate", "1", #"{"reason":"r","dryRun":true}"#).decode(
                VersionAnswer.self)
            #expect(told.dryRun && told.state == "active" && told.openSagas == 0 && told.changes.count == 2)
            #expect(try await states(api) == ["1 inactive", "2 active"])

            let done = try await change(api, "activate", "1").decode(VersionAnswer.self)
            #expect(!done.dryRun && done.workflow == "order" && done.version == 1)
            #expect(try await api.get("/v1/workflows/order").decode(WorkflowView.self).version == 1)
            let retired = try await change(api, "retire", "2").decode(VersionAnswer.self)
            #expect(retired.openSagas == 1 && retired.state == "retired")
            #expect(try await states(api) == ["1 active", "2 retired"])
            let view = try await api.get("/v1/workflows/order/2").decode(WorkflowView.self)
            #expect(view.retiredAt != nil && view.activatedAt != nil)
            #expect(try await start(api, "one").decode(SagaDetail.self).saga.version == 1)
            try expectProblem(
                try await start(api, "three", version: 2), 409, "SAGA-0270", naming: "version 1 is active", "activate")
            #expect(try await start(api, "two", version: 2).status == 200)

            try expectProblem(try await change(api, "retire", "1"), 409, "SAGA-0271", naming: "activate another one")
            #expect(try await change(api, "activate", "2").status == 200)
            #expect(try await states(api) == ["1 inactive", "2 active"])
            let page = try await api.get("/v1/audit?workflow=order").decode(AuditPage.self)
            #expect(
                page.audit.map { "\($0.verb) \($0.outcome)" } == [
                    "workflow-activate done", "workflow-retire refused", "workflow-retire done",
                    "workflow-activate done",
                ])
            #expect(page.audit[0].reason == "a bad day" && page.audit[0].detail["version"] == .number("2"))
        }
    }

    @Test("what is not there, has no reason or is no number is a problem")
    func refused() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            for verb in ["activate", "retire"] {
                try expectProblem(try await change(api, verb, "7"), 404, "SAGA-0203", naming: "version 7 of order")
                try expectProblem(try await change(api, verb, "1", of: "no"), 404, "SAGA-0203", naming: "no")
                try expectProblem(try await change(api, verb, "one"), 400, "SAGA-0201", naming: "whole number")
                try expectProblem(
                    try await change(api, verb, "1", #"{"reason":""}"#), 400, "SAGA-0201", naming: "reason")
                try expectProblem(
                    try await change(api, verb, "1", #"{"reason":"r","force":true}"#), 400, "SAGA-0201", naming: "force"
                )
            }
        }
    }
}
