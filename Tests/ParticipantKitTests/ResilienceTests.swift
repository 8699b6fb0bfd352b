import LocalServers
import Postgres
import RabbitMQ
import SagaValues
import SagaWire
import TestSupport
import Testing
import TestServers

@testable import ParticipantKit

@Suite("Servers that go away")
struct ResilienceTests {
    @Test("Every command takes effect once, whatever happens to the broker meanwhile")
    func brokerKilled() async throws {
        let server = try await TestServers.ownRabbitMQ()
        let broker = RabbitMQConfiguration(
            host: server.host, port: server.port, user: server.user, password: Secret(server.password))
        try await Stage.play(on: broker) { stage in
            let running = try stage.start()
            let sagas = (0..<300).map { _ in UUID.v7() }
            try await stage.send(sagas.prefix(100).map { stage.command("make", saga: $0) })
            for saga in sagas.prefix(100) { _ = try await stage.replies(to: saga, count: 1) }
            // A quorum queue that is killed within half a second of its declaration may not come back.
            try await Task.sleep(for: .seconds(2))
            try await stage.send(sagas.dropFirst(100).map { stage.command("make", saga: $0) })
            try await eventually("work is under way") { try await stage.shop.effects().count > 120 }
            server.kill()
            try await server.startAgain()
            try await stage.completeAll(sagas)
            try await running.stop()
        }
        await server.stop()
    }

    @Test("Every command takes effect once, whatever happens to the database meanwhile")
    func databaseKilled() async throws {
        let server = try await TestServers.ownPostgres()
        try await Stage.play(database: server) { stage in
            let book = LogBook()
            let running = try stage.start(logger: book.logger)
            let sagas = (0..<100).map { _ in UUID.v7() }
            try await stage.send(sagas.prefix(60).map { stage.command("make", saga: $0) })
            try await eventually("work has begun") { stage.shop.runCount("make") > 5 }
            server.kill()
            try await stage.send(sagas.suffix(40).map { stage.command("make", saga: $0) })
            // It stays away until somebody has noticed. That may be all workers in the middle of a commit, who then
            // ask until it is back, and so no reply tells of it.
            try await eventually("a command has found the database away") {
                book.count(of: "warning the database is not to be had") > 0
                    || book.count(of: "warning the commit's outcome is unknown") > 0
            }
            try await server.startAgain()
            try await stage.completeAll(sagas)
            try await running.stop()
        }
        await server.stop()
    }
}

extension Stage {
    /// Sends commands again, as an orchestrator does, until each is done; then looks at the effects.
    func completeAll(_ sagas: [UUID]) async throws {
        var attempt = 1
        try await eventually("all commands are done", within: .seconds(60)) {
            let open = sagas.filter { saga in !lines(to: saga).contains { $0.hasPrefix("done") } }
            guard !open.isEmpty else { return true }
            attempt += 1
            try await send(open.map { command("make", saga: $0, attempt: attempt) })
            try await Task.sleep(for: .milliseconds(500))
            return false
        }
        for saga in sagas { #expect(try await shop.effects(of: saga) == ["make cup"]) }
    }
}
