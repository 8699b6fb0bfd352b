import Foundation
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct ExportCommandTests {
    @Test(
        "an exported saga is explained without a server, as it stands and as it was; one that does not fit is found out"
    )
    func export() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "key").description
            try await eventually("it waits for a person") {
                try await saga("incidents", "--json", environment: api.environment).output.contains("no-address")
            }
            let printed = try await saga("export", id, environment: api.environment)
            #expect(printed.status == 0 && printed.lines.count == 1)
            let text = printed.output
            func explain(_ text: String, _ arguments: String...) async throws -> Run {
                try await saga(["explain", "--file", "case.json"] + arguments) { folder in
                    try Data(text.utf8).write(to: folder.appendingPathComponent("case.json"))
                }
            }
            let told = try await explain(text)
            #expect(told.status == 0 && told.errors.isEmpty, "\(told.errors)")
            for word in [id, "delivery version 1", "3 rows of its history lead to the state", "rejected", "retry"] {
                #expect(told.output.contains(word), "\(told.output)")
            }
            let earlier = try await explain(text, "--revision", "1")
            #expect(earlier.status == 0 && earlier.output.contains("1 rows of its history were played"))
            #expect(!earlier.lines.contains { $0.hasPrefix("  2  ") })
            #expect(try await explain(text, id).status == 0)
            let other = try await explain(text, UUID.v7().description)
            #expect(other.status == 1 && other.errors.contains("no saga"))
            let forged = try await explain(text.replacing(#""kind":"rejected""#, with: #""kind":"working""#))
            #expect(forged.status == 1 && forged.errors.contains("leads to"), "\(forged.errors)")
            let two = try await explain(text + text)
            #expect(two.status == 1 && two.errors.contains("say which"))
            let broken = try await explain(String(text.dropLast(20)))
            #expect(broken.status == 1 && broken.errors.contains("line 1"))
            #expect(try await saga("explain", environment: [:]).status == 64)
            #expect(try await saga("explain", id, "--revision", "2", environment: [:]).status == 64)

            let written = try await saga("export", id, "--to", "x.json", environment: api.environment) { folder in
                try Data("mine".utf8).write(to: folder.appendingPathComponent("x.json"))
            }
            #expect(written.status == 64 && written.errors.contains("x.json"))
            let missing = try await saga("export", UUID.v7().description, environment: api.environment)
            #expect(missing.status == 1 && missing.errors.contains("SAGA-0203"))
        }
    }
}
