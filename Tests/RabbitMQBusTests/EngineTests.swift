import LocalServers
import Logging
import MemoryStore
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaCore
import SagaEngine
import SagaValues
import SagaWire
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite("An engine on the bus", .timeLimit(.minutes(3)))
struct EngineTests {
    private let definition = """
        workflow: documents
        version: 1
        steps:
          - scan: { do: paper.scan, undo: paper.burn, with: { page: "${input.page}" } }
          - print: { do: paper.print, undo: paper.shred, with: { pages: ["${input.page}", "${input.page}"] } }
        """

    @Test("undoes a saga whose next command is too large, and even what can only be undone without its output")
    func tooLarge() async throws {
        let hall = try await Hall()
        let store = MemoryStore(MemoryDatabase())
        let engine = Engine(
            store: store, bus: hall.bus, configuration: EngineConfiguration(nodeName: "test"), logger: quiet)
        let replies = hall.bus.consumer(
            configuration: hall.configuration, queues: .classic, prefetch: 10, receiver: engine.receive)
        let paper = hall.ear(of: "paper")
        try await running([hall.bus.publisher, replies, engine, hall.participant, paper]) {
            await hall.bus.waitUntilReady()
            try await replies.waitUntilConnected()
            try await paper.waitUntilConnected()
            try await eventually("the engine is ready") { engine.unreadiness == nil }
            _ = try await engine.deploy(try Workflow.compile(definition))
            let id = try await engine.start(
                StartRequest(workflow: "documents", idempotencyKey: "one", input: ["page": text(600_000)])
            ).saga

            let command = try CommandMessage(try await paper.heard.waitFor(1)[0].wireMessage)
            #expect(command.action == "paper.scan")
            try await hall.reply(.example(.done(Payload(["picture": text(600_000)])), to: command.id))

            let undo = try CommandMessage(try await paper.heard.waitFor(2)[1].wireMessage)
            #expect(undo.action == "paper.burn")
            #expect(try UndoBody(undo.body) == UndoBody(input: ["page": text(600_000)], output: nil))
            try await hall.reply(.example(.done(Payload([:])), to: undo.id))

            let ended = try #require(try await engine.waitForEnd(id, upTo: .seconds(60)))
            #expect(ended.row.status == .compensated)
            let history = try await store.history(id, after: 0, limit: 100)
            #expect(history.map(\.kind) == [.started, .done, .rejected, .done])
            #expect(
                StepError(body: history[2].data)
                    == StepError(
                        code: "command-too-large",
                        message: "the command paper.print of step print has a body of 1200017 bytes, and 1048576 are "
                            + "the most that can be sent"))
            #expect(paper.heard.count == 2)
            try await eventually("every reply is settled") { try await hall.depth() == "0 0" }
        }
    }
}
