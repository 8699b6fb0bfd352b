import SagaAPI
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct ParticipantCommandTests {
    @Test("participants are listed, shown, limited, held back and let go")
    func life() async throws {
        try await TestAPI.run { api in
            #expect(try await saga("participants", environment: api.environment).output == "no participants\n")
            try await api.deploy(TestAPI.order)
            _ = try await api.start("order", ["n": 1], key: "k")
            let list = try await saga("participants", environment: api.environment)
            #expect(list.status == 0 && list.lines.count == 3, "\(list.output)")
            #expect(list.lines[0].hasPrefix("PARTICIPANT") && list.lines[1].hasPrefix("parcel"))

            let limited = try await saga(
                "participant", "limit", "stock", "--in-flight", "5", "--per-second", "20", "--reason", "small",
                environment: api.environment)
            #expect(limited.status == 0, "\(limited.errors)")
            #expect(limited.output.contains("5 commands in flight, 20 commands a second"))
            let lifted = try await saga(
                "participant", "limit", "stock", "--none", "--reason", "large", environment: api.environment)
            #expect(lifted.output.contains("limits       none"))

            let opened = try await saga(
                "participant", "breaker", "stock", "open", "--reason", "racks", environment: api.environment)
            #expect(opened.output.contains("open (by a person)") && opened.output.contains("racks"), "\(opened.output)")
            let shown = try await saga("participant", "stock", "--json", environment: api.environment)
            let json = try JSON(parsing: Array(shown.output.utf8))
            #expect(json["health"] == "down" && json["breaker"]?["mode"] == "open")
            let closed = try await saga(
                "participant", "breaker", "stock", "automatic", "--reason", "done", environment: api.environment)
            #expect(closed.output.contains("breaker      closed"))
        }
    }

    @Test("what cannot be meant is not sent, and what is refused says why")
    func refused() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            for arguments in [
                ["--reason", "r"], ["--none", "--in-flight", "5", "--reason", "r"], ["--in-flight", "5"],
            ] {
                let run = try await saga(["participant", "limit", "stock"] + arguments, environment: api.environment)
                #expect(run.status == 64, "\(run.errors)")
            }
            let unknown = try await saga("participant", "nobody", environment: api.environment)
            #expect(unknown.status == 1 && unknown.errors.contains("SAGA-0203") && unknown.errors.contains("nobody"))
            let mode = try await saga(
                "participant", "breaker", "stock", "ajar", "--reason", "r", environment: api.environment)
            #expect(mode.status == 1 && mode.errors.contains("open, closed"), "\(mode.errors)")
        }
    }
}
