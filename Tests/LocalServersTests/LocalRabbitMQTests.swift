import Foundation
import Glibc
import TestServers
import Testing

@testable import LocalServers

@Suite("A local RabbitMQ", .serialized) struct LocalRabbitMQTests {
    private func greets(_ server: LocalRabbitMQ) -> Bool {
        let answer = Loopback.ask(server.port, greeting: Array("AMQP".utf8) + [0, 0, 9, 1]) ?? []
        return answer.starts(with: [1, 0, 0])
    }

    @Test("listens on loopback only, with all its ports, and not at the system's name service")
    func ports() async throws {
        let server = try await TestServers.rabbitMQ()
        for port in [server.ports.amqp, server.ports.distribution, server.ports.epmd] {
            #expect(try listeners(on: port).subtracting(loopback).isEmpty, "port \(port)")
            #expect(try !listeners(on: port).isEmpty)
        }
        #expect(greets(server))
        #expect(try await server.rabbitmqctl("status", "--formatter", "json").contains("saga@localhost"))
        let error = await #expect(throws: LocalServerError.self) { try await server.rabbitmqctl("no-such-command") }
        #expect(error?.code == .commandFailed)
    }

    @Test("keeps durable quorum queues over a kill and a stop, on the same ports; stands still when frozen")
    func restarts() async throws {
        let server = try await TestServers.ownRabbitMQ(settings: ["channel_max": "77"])
        #expect(try await server.rabbitmqctl("eval", "application:get_env(rabbit, channel_max).").contains("77"))
        let declaration = """
            rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"kept">>), true, false,
            [{<<"x-queue-type">>, longstr, <<"quorum">>}], none, <<"test">>), ok.
            """
        try await server.rabbitmqctl("eval", declaration)
        func queues() async throws -> String {
            try await server.rabbitmqctl("-q", "list_queues", "name", "type", "--no-table-headers")
        }
        #expect(try await queues() == "kept\tquorum")

        server.freeze()
        #expect(await holds { server.pids.allSatisfy { state(of: $0) == "T" } })
        #expect(!greets(server))
        server.thaw()
        #expect(await holds { greets(server) })

        var before = server.pids.compactMap { ProcessIdentity(living: $0) }
        #expect(before.count >= 2)
        server.kill()
        #expect(await holds { !before.contains(where: \.isAlive) })
        try await server.startAgain()
        #expect(try await queues() == "kept\tquorum")

        before = server.pids.compactMap { ProcessIdentity(living: $0) }
        let ports = server.ports
        await server.stop()
        #expect(!before.contains(where: \.isAlive) && server.pids.isEmpty)
        #expect(try [ports.amqp, ports.distribution, ports.epmd].allSatisfy { try listeners(on: $0).isEmpty })
        try await server.startAgain()
        #expect(greets(server) && server.ports == ports)
        await server.stop()
    }

    @Test("takes other ports when one of the first is snatched away", arguments: ["amqp", "distribution", "epmd"])
    func race(which: String) async throws {
        let (taken, socket) = try occupiedPort()
        defer { close(socket) }
        var first = try LocalRabbitMQ.Ports.free()
        switch which {
        case "amqp": first.amqp = taken
        case "distribution": first.distribution = taken
        default: first.epmd = taken
        }
        var choices = [first, try LocalRabbitMQ.Ports.free()]
        let second = choices[1]
        let server = try await LocalRabbitMQ.start(
            in: TestServers.freshFolder("race"), ports: nil, settings: [:], atOurEnd: .abrupt, progress: { _ in }
        ) { () throws(LocalServerError) in choices.removeFirst() }
        #expect(server.ports == second)
        server.kill()
    }

    @Test("says so when a port that was asked for is taken")
    func portTaken() async throws {
        let (taken, socket) = try occupiedPort()
        defer { close(socket) }
        var ports = try LocalRabbitMQ.Ports.free()
        ports.distribution = taken
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalRabbitMQ.start(in: TestServers.freshFolder("taken"), ports: ports)
        }
        #expect(error?.code == .portTaken)
    }

    @Test("shows the reason when it cannot start, and leaves nothing behind")
    func startFails() async throws {
        let folder = try TestServers.freshFolder("bad")
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalRabbitMQ.start(in: folder, settings: ["heartbeat": "often"])
        }
        #expect(error?.code == .startFailed)
        #expect(error?.details.contains("heartbeat") == true)
        #expect(
            await holds {
                !ProcessStatus.all().contains {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0.pid)/cwd")) == folder
                }
            })
    }
}
