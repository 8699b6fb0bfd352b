import Foundation
import LocalPlatform
import LocalServers
import SagaAPI
import TestSupport
import Testing

extension OneAtATime {
    /// A version that was wrong, and purchases that run by it.
    @Suite("A version is mended while sagas run", .serialized) struct MoveTests {
        /// Without the lock, and with a step more before the last one.
        private static func mended() throws -> String {
            let source = try String(contentsOfFile: "\(Built.workflows)/plan-purchase.yaml", encoding: .utf8)
            let lines = source.split(separator: "\n", omittingEmptySubsequences: false).filter {
                !$0.hasPrefix("locks:") && !$0.hasPrefix("onBusy:")
            }
            return lines.joined(separator: "\n").replacing("version: 1", with: "version: 2")
                .replacing("  - notify:", with: "  - rest: { wait: 10ms }\n\n  - notify:")
        }

        @Test("all purchases move to the mended version, though an orchestrator is killed meanwhile, and end by it")
        func all() async throws {
            let (desk, stuck) = try await Duty.inOutage(buyers: 120)
            let market = desk.market
            let file = FileManager.default.temporaryDirectory.appending(path: "plan-purchase-2-\(UUID()).yaml")
            try Self.mended().write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            try await desk.succeeds("workflow", "deploy", file.path)
            try await desk.succeeds("migrate", "--workflow", "plan-purchase", "--to", "2", "--dry-run")

            async let moved = desk.saga(
                "migrate", "--workflow", "plan-purchase", "--to", "2", "--reason", "the last step was missing",
                "--rate",
                "20/s", "--yes", within: .seconds(120))
            let leader = market.platform.orchestrators[0]
            try await eventually("the job is in the middle", within: .seconds(60)) {
                try await market.count("SELECT coalesce(max(done), 0) FROM saga_jobs") >= 20
            }
            await leader.kill()
            let left = try await market.count("SELECT max(total - done) FROM saga_jobs WHERE status = 'running'")
            #expect(left > 10, "it was killed in the middle")
            try leader.start()
            let said = try await moved
            #expect(said.status == 0, "\(said.output)\n\(said.errors)")
            #expect(said.output.contains("\(stuck): \(stuck) done, 0 refused"), "\(said.output)")
            #expect(
                try await market.count(
                    "SELECT count(*) FROM sagas s JOIN workflow_versions v ON v.id = s.workflow_id WHERE v.version = 2")
                    == stuck)

            try await desk.comeBack()
            try await desk.succeeds("retry", "--incident", "provider-down", "--reason", "it is back", "--yes")
            try await market.waitForTheEnd(Report("the version is mended"))
            try await market.expectAllIsWell()
            let moves = "FROM saga_history WHERE kind = 'migrated'"
            #expect(try await market.count("SELECT count(*) \(moves)") == stuck, "each has moved once")
            #expect(try await market.count("SELECT count(DISTINCT saga_id) \(moves)") == stuck)
            let one = try await market.platform.postgres.psql(
                "SELECT saga_id \(moves) LIMIT 1", database: LocalPlatform.Database.saga
            ).trimmingCharacters(in: .whitespacesAndNewlines)
            let steps = try await desk.saga("show", one, "--json").decode(SagaDetail.self).steps
            #expect(steps.first { $0.name == "rest" }?.phase == "done", "it has done what the first version had not")
            await market.platform.stop()
        }
    }
}
