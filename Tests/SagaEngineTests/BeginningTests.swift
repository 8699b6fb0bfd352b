import Logging
import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import ServiceLifecycle
import TestSupport
import Testing
import Workflows

@Suite("The beginning and the end of a node") struct BeginningTests {
    let database = MemoryDatabase()

    private func isUnavailable(_ error: any Error, _ part: String) -> Bool {
        if case EngineError.unavailable(let why) = error { why.contains(part) } else { false }
    }

    @Test("a stored workflow that this program cannot compile stops neither the node nor the workflows beside it")
    func uncompilable() async throws {
        let node = Node(database) { $0.catalogPoll = .milliseconds(5) }
        let outside = MemoryStore(database)
        // As it is after a program that knew more was rolled back.
        _ = try await outside.deploy(workflow: "three", version: 2, digest: "d2", source: "workflow: three\nloop: {}")
        _ = try await outside.deploy(workflow: "future", version: 1, digest: "f1", source: "{")
        try await node.run { node in
            // What is deployed after them is learnt.
            let good = try Workflow.compile(Definitions.patient)
            _ = try await outside.deploy(workflow: "patient", version: 1, digest: good.digest, source: good.source)
            try await eventually("the good one is known") {
                node.engine.workflow(named: "patient", version: nil) != nil
            }
            #expect(try await node.play("patient").1 == .completed)

            await #expect { try await node.start("future") } throws: {
                isUnavailable($0, "stored workflow future version 1 cannot be compiled")
            }
            // The highest version is meant, and a lower one is not put in its place.
            try await node.deploy(Definitions.three)
            await #expect { try await node.start("three", ["n": 1]) } throws: {
                isUnavailable($0, "stored workflow three version 2 cannot be compiled")
            }
            let request = StartRequest(workflow: "three", version: 1, idempotencyKey: "v1", input: ["n": 1])
            _ = try await node.engine.start(request)
            await #expect { try await node.start("nothing") } throws: {
                if case EngineError.unknownWorkflow = $0 { true } else { false }
            }
            let reports = node.log.lines.filter { $0.hasPrefix("error a stored workflow cannot be compiled") }
            #expect(reports.count == 2)
            #expect(reports.contains { $0.contains("version: 2; workflow: three") })
        }
    }

    @Test("a node whose store is away refuses at once, leaves nobody waiting when it is stopped, and ends")
    func storeAway() async throws {
        let node = Node(database)
        node.store.cutOff()
        let request = OperatorRequest(
            saga: UUID.v7(), verb: .compensate, expectedRevision: nil, reason: "r", subject: "s")
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: node.engine)], logger: node.log.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("it has tried") { node.log.count(of: "error cannot register with the store") > 0 }
            await #expect { try await node.start("three") } throws: { isUnavailable($0, "not registered") }
            await #expect { try await node.engine.perform(request) } throws: { isUnavailable($0, "not registered") }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await #expect { try await node.start("three") } throws: { isUnavailable($0, "not registered") }
    }

    @Test("a node that stops says what it has ignored and put aside")
    func farewell() async throws {
        let node = Node(database)
        node.bus.whenAsked { command in
            var response = TestBus.Response.done(#"{"id":1}"#)
            if command.action == "one.a" { response.replies += response.replies }
            return response
        }
        try await node.run { node in
            try await node.deploy(Definitions.patient)
            _ = try await node.play("patient")
            node.bus.receive(CommandID(saga: UUID.v7(), step: "a", direction: .do), .done)
            try await eventually("both are seen") {
                node.engine.statistics.quarantined == 1 && node.engine.statistics.ignored[.duplicate] == 1
            }
        }
        let farewell = try #require(node.log.lines.first { $0.hasPrefix("notice node has stopped") })
        #expect(farewell.contains("ignored: duplicate 1") && farewell.contains("quarantined: 1"))
    }
}
