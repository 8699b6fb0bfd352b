import SagaEngine
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

@testable import SagaCLI

@Suite("A protected profile") struct ProtectionTests {
    private static let profile = Profile(name: "production", url: "https://saga.example", isProtected: true)

    @Test("asks once for its name, and takes nothing else for a yes")
    func name() throws {
        let asked = Mutex<[String]>([])
        let protection = Protection(Self.profile, "https://saga.example") { question in
            asked.withLock {
                $0.append(question)
                return ["y", "", "production"][$0.count - 1]
            }
        }
        for _ in 0..<2 {
            do {
                try protection.demand()
                Issue.record("it is not the name")
            } catch {
                #expect(error.code == .notConfirmed && error.message.contains("nothing was done"))
            }
        }
        try protection.demand()
        try protection.demand()
        let questions = asked.withLock(\.self)
        #expect(questions.count == 3)
        #expect(questions[0].contains("production") && questions[0].contains("https://saga.example"))
    }

    @Test("is not asked for where nobody sits: the command that would do it is told, without its token")
    func nobody() throws {
        let protection = Protection(Self.profile, "https://saga.example") { _ in nil }
        #expect(throws: ProfileError.self) { try protection.demand() }
        let arguments = ["saga", "retry", "--token", "x-secret", "--token=x-secret", "--reason", "it's me"]
        #expect(
            CommandText.again("--yes", arguments: arguments)
                == "saga retry --token … --token=… --reason 'it'\\''s me' --yes")
    }

    @Test("lets looks and rehearsals through, and holds up what changes something until --yes")
    func changes() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "k")
            try await eventually("it waits for a person") {
                try await saga("incidents", "--json", environment: api.environment).output.contains("no-address")
            }
            try await Home.with { home in
                try home.write(
                    "default: prod\nprofiles:\n  prod: { url: '\(api.url)', token: \(TestAPI.token), protected: true }\n"
                )
                func run(_ arguments: String...) async throws -> Run {
                    try await saga(arguments, environment: home.variables)
                }
                for arguments in [["show", "\(id)"], ["list"], ["incidents"], ["profile", "show"]] {
                    let run = try await saga(arguments, environment: home.variables)
                    #expect(run.status == 0, "\(arguments): \(run.errors)")
                }
                #expect(try await run("pause", "\(id)", "--reason", "r", "--dry-run").status == 0)
                let many = try await run("pause", "--workflow", "delivery", "--reason", "r", "--dry-run")
                #expect(many.status == 0 && many.output.contains("pause is for 1 saga"), "\(many.errors)")

                let before = try JSON(parsing: try await run("show", "\(id)", "--json").output)
                let held = try await run("pause", "\(id)", "--reason", "r")
                #expect(held.status == 1 && held.output.isEmpty)
                for word in ["profile prod", api.url, "--reason r --yes", "[SAGA-0228]"] {
                    #expect(held.errors.contains(word), "\(held.errors)")
                }
                let all = try await run("pause", "--workflow", "delivery", "--reason", "r")
                #expect(all.status == 1 && all.errors.contains("[SAGA-0228]"), "\(all.errors)")
                let after = try JSON(parsing: try await run("show", "\(id)", "--json").output)
                #expect(after["saga"]?["revision"] == before["saga"]?["revision"])
                #expect(try await run("jobs").output == "no jobs\n")

                let done = try await run("pause", "\(id)", "--reason", "r", "--yes")
                #expect(done.status == 0, "\(done.errors)")
                let job = try await run("resume", "--workflow", "delivery", "--reason", "r", "-y")
                #expect(job.status == 0 && job.output.contains("1 done"), "\(job.errors)")
            }
        }
    }

    @Test("asks at a terminal")
    func terminal() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            try await Home.with { home in
                try home.write(
                    "default: prod\nprofiles:\n  prod: { url: '\(api.url)', token: \(TestAPI.token), protected: true }\n"
                )
                for (answer, status) in [("y", 1), ("prod", 0)] {
                    let line =
                        #"echo \#(answer) | script -qec "$saga start order --input '{\"n\":1}' --key k" /dev/null"#
                    let run = try await shell(
                        line, environment: home.variables.merging(["TERM": "dumb", "NO_COLOR": "1"]) { own, _ in own })
                    #expect(Int(run.status) == status, "\(run.output)\(run.errors)")
                    #expect(run.output.contains("type its name: "), "\(run.output)")
                    #expect(run.output.contains("SAGA-0228") == (status == 1))
                }
                #expect(try await saga("list", "--key", "k", environment: api.environment).lines.count == 2)
            }
        }
    }
}
