import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import TestSupport
import Testing
import Workflows

@Suite("A command that cannot be sent") struct UnsendableTests {
    let database = MemoryDatabase()

    private func answers(_ command: Command) -> TestBus.Response {
        command.action == "one.a" ? .done(#"{"id":1}"#) : .done()
    }

    private let tooLarge = TestBus.Response(outcome: .tooLarge(bytes: 2_000_000, limit: 1_048_576))

    @Test("is a refusal of its step that says how large it is: it is sent once, and what came before is undone")
    func refused() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "two.b" ? tooLarge : answers($0) }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, status) = try await node.play("three", ["n": 1])
            #expect(status == .compensated)
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "one.a-undo undo 1"])
            let refusal = try #require(try await node.history(id).first { $0.kind == .rejected })
            #expect(refusal.step == "b" && refusal.direction == .do && refusal.attempt == 1)
            let error = StepError(body: refusal.data)
            #expect(error.code == "command-too-large")
            #expect(
                error.message
                    == "the command two.b of step b has a body of 2000000 bytes, and 1048576 are the most that can be sent"
            )
            let plan = try #require(node.engine.workflow(id: 1)).workflow.plan
            let folded = try Saga(folding: try await node.history(id), id: id, plan: plan)
            #expect(folded.failure?.error == error)
        }
    }

    @Test("for another reason is a refusal that gives the reason")
    func invalid() async throws {
        let node = Node(database)
        node.bus.whenAsked { _ in TestBus.Response(outcome: .invalid(reason: "its tenant is too long")) }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let (id, status) = try await node.play("three", ["n": 1])
            #expect(status == .compensated)
            #expect(node.bus.log == ["one.a do 1"])
            let error = StepError(body: try await node.history(id)[1].data)
            #expect(error.code == "command-invalid")
            #expect(error.message == "the command one.a of step a cannot be sent: its tenant is too long")
        }
    }

    @Test("behind the pivot opens an incident, waits for a person, and says the same again when asked for")
    func behindThePivot() async throws {
        let node = Node(database)
        node.bus.whenAsked { $0.action == "two.b" ? tooLarge : answers($0) }
        try await node.run { node in
            try await node.deploy(Definitions.pivotFirst)
            let id = try await node.start("pivot-first")
            for round in 1...2 {
                try await eventually("an incident is open") {
                    try await node.store.incidents(saga: id, openOnly: true, limit: 10).first?.opening.error != nil
                }
                let opening = try #require(try await node.store.incidents(saga: id, openOnly: true, limit: 10).first)
                    .opening
                #expect(opening.cause == .rejected && opening.step == "b" && opening.participant == "two")
                #expect(opening.error?.code == "command-too-large")
                #expect(node.bus.log == ["one.a do 1"] + (1...round).map { "two.b do \($0)" })
                if round == 2 { node.bus.whenAsked(answers) }
                _ = try await node.engine.perform(
                    OperatorRequest(saga: id, verb: .retry(step: "b"), expectedRevision: nil, reason: "r", subject: "s")
                )
            }
            try await eventually("completed") { try await node.status(id) == .completed }
        }
    }

    @Test("and undoes is an incident once its attempts are spent")
    func undo() async throws {
        let node = Node(database)
        node.bus.whenAsked { command in
            switch command.action {
            case "one.a-undo": tooLarge
            case "two.b": .rejected("no")
            default: answers(command)
            }
        }
        try await node.run { node in
            try await node.deploy(Definitions.three)
            let id = try await node.start("three", ["n": 1])
            try await eventually("an incident is open") {
                try await !node.store.incidents(saga: id, openOnly: true, limit: 10).isEmpty
            }
            let opening = try await node.store.incidents(saga: id, openOnly: true, limit: 10)[0].opening
            #expect(opening.cause == .undoFailed && opening.error?.code == "command-too-large")
            #expect(node.bus.log == ["one.a do 1", "two.b do 1", "one.a-undo undo 1", "one.a-undo undo 2"])
        }
    }

    @Test("is found out by whichever node takes over")
    func takeOver() async throws {
        let first = Node(database, name: "first")
        first.bus.whenAsked { _ in .unconfirmed }
        let second = Node(database, name: "second")
        second.bus.whenAsked { _ in tooLarge }
        let id = try await first.run { node in
            try await node.deploy(Definitions.patient)
            let id = try await node.start("patient")
            node.store.cutOff()
            return id
        }
        try await second.run { node in
            try await eventually("the second has undone it") { try await node.status(id) == .compensated }
        }
    }
}
