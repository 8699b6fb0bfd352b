import LocalServers
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaEngine
import SagaValues
import SagaWire
import TestServers
import TestSupport
import Testing

@Suite("The bus and a broker", .serialized, .timeLimit(.minutes(3)))
struct BrokerTests {
    @Test("that is killed and started again: everything confirmed arrives, everything else says that it was not")
    func restarted() async throws {
        let server = try await TestServers.ownRabbitMQ()
        let hall = try await Hall(on: server, .quorum) { $0.connectTimeout = .seconds(2) }
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {
            #expect(await hall.bus.send([.example()]) == [.confirmed])
            try await hall.reply(.example())
            let before = try await hall.replies.waitFor(1)
            // Queues that are killed right after their declaration may be forgotten; this is a second later.
            try await eventually("the broker knows") { try await hall.depth() == "0 1" }

            var confirmed: Set<String> = []
            var unsure: [Command] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await eventually("commands are on their way") { ear.heard.count > 300 }
                    server.kill()
                }
                while unsure.isEmpty {
                    let commands = (0..<50).map { _ in Command.example() }
                    for (command, outcome) in zip(commands, await hall.bus.send(commands)) {
                        switch outcome {
                        case .confirmed: confirmed.insert(command.id.description)
                        case .unconfirmed: unsure.append(command)
                        case .unroutable, .tooLarge, .invalid: Issue.record("\(command.id): \(outcome)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await hall.bus.send([.example()]) == [.unconfirmed])
            try await server.startAgain()
            await hall.bus.waitUntilReady()
            #expect(await hall.bus.send(unsure) == Array(repeating: .confirmed, count: unsure.count))
            confirmed.formUnion(unsure.map(\.id.description))
            try await eventually("everything confirmed arrives") { confirmed.isSubset(of: ear.ids) }

            // The reply that was never answered is there again.
            let again = try await hall.replies.waitFor(2)[1]
            #expect(again.id == before[0].id && again.receipt != before[0].receipt)
            hall.bus.acknowledge([again.receipt])
            try await eventually("it is settled") { try await hall.depth() == "0 0" }
        }
        await server.stop()
    }

    @Test("that takes no messages: commands wait, replies come in all the same, and it goes on afterwards")
    func blocked() async throws {
        let server = try await TestServers.ownRabbitMQ()
        let hall = try await Hall(on: server, prefetch: 1) { $0.confirmTimeout = .seconds(100) }
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {
            // The second one waits for the answer to the first.
            try await hall.reply(.example(), .example())
            let first = try await hall.replies.waitFor(1)
            try await server.rabbitmqctl("set_vm_memory_high_watermark", "0")
            try await withThrowingTaskGroup(of: [SendOutcome].self) { group in
                group.addTask { await hall.bus.send([.example(), .example("stock.reserve")]) }
                let checks = await Result {
                    try await eventually("it is blocked") { hall.bus.publisher.state.isBlocked }
                    let published = hall.bus.publisher.statistics.messagesPublished
                    group.addTask { await hall.bus.send([.example(), .example("stock.reserve")]) }
                    #expect(hall.replies.count == 1)
                    hall.bus.acknowledge(first.map(\.receipt))
                    try await hall.replies.waitFor(2)
                    // What was on its way before the broker said so may have got through; nothing was added to it.
                    #expect(hall.bus.publisher.statistics.messagesPublished == published)
                    #expect(ear.heard.count <= 1)
                }
                try await server.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
                try checks.get()
                for try await outcomes in group { #expect(outcomes == [.confirmed, .unroutable]) }
            }
            try await ear.heard.waitFor(2)
            #expect(hall.bus.publisher.state == .connected)
            #expect(hall.bus.publisher.statistics.connects == 1)
        }
        await server.stop()
    }

    @Test("that takes no messages for long: commands are given up, none gather, and bad replies hold up no good ones")
    func blockedForLong() async throws {
        let server = try await TestServers.ownRabbitMQ()
        let hall = try await Hall(on: server, prefetch: 1) {
            $0.confirmTimeout = .seconds(5)
            $0.unconfirmedLimit = 1 << 20
        }
        var unreadable = try ReplyMessage.example().wireMessage().outgoing
        unreadable.body = Array("{".utf8)
        try await hall.open {
            try await hall.reply(.example())
            let first = try await hall.replies.waitFor(1)
            try await hall.publish([unreadable])
            try await hall.reply(.example())
            try await server.rabbitmqctl("set_vm_memory_high_watermark", "0")
            let checks = await Result {
                #expect(await hall.bus.send([.example()]) == [.unconfirmed])
                try await eventually("it is blocked") { hall.bus.publisher.state.isBlocked }
                try await refusesMore(hall)
                hall.bus.acknowledge(first.map(\.receipt))
                hall.bus.acknowledge([try await hall.replies.waitFor(2)[1].receipt])
            }
            let ready = Box<Bool>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await hall.bus.waitUntilReady()
                    ready.add([hall.bus.publisher.state == .connected])
                }
                let early = await Result {
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(ready.count == 0)
                }
                try await server.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
                try checks.get()
                try early.get()
                try await group.waitForAll()
            }
            #expect(ready.all == [true])
            #expect(await hall.bus.send([.example()]) == [.unroutable])
            try await eventually("the bad one is dead") { try await hall.depth("saga.dead") == "1 0" }
        }
        await server.stop()
    }

    /// Of two sends that are too large together one is answered at once, while the other waits out its time.
    private func refusesMore(_ hall: Hall) async throws {
        let start = ContinuousClock.now
        await withTaskGroup(of: [SendOutcome].self) { group in
            for _ in 0..<2 { group.addTask { await hall.bus.send([.example(body: ["note": text(600_000)])]) } }
            #expect(await group.next() == [.unconfirmed])
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(await group.next() == [.unconfirmed])
            #expect(ContinuousClock.now - start >= .seconds(5))
        }
    }
}

extension RabbitMQState {
    fileprivate var isBlocked: Bool {
        if case .blocked = self { true } else { false }
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws, to look at after something has been put right.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
