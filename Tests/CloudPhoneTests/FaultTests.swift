import Foundation
import Postgres
import RabbitMQ
import SagaValues
import TestSupport
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Fault switches")
struct FaultTests {
    private let saga = UUID.v7()

    private func set(_ platform: Platform, _ kind: String, action: String = "charge", _ more: [String: String] = [:])
        async throws
    {
        let columns = ["service", "action", "kind"] + more.keys
        let values = ["'billing'", "'\(action)'", "'\(kind)'"] + more.values
        try await platform.run(
            platform.billing,
            "INSERT INTO fault_switches (\(columns.joined(separator: ", "))) VALUES (\(values.joined(separator: ", ")))"
        )
    }

    private func remaining(_ platform: Platform) async throws -> String {
        try await platform.value(platform.billing, "SELECT sum(remaining) FROM fault_switches")
    }

    @Test("A failure strikes as often as it was set, and leaves no trace")
    func fail() async throws {
        let platform = try await Platform(faults: true)
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        try await set(platform, "fail", ["remaining": "2", "code": "'provider-down'"])
        #expect(try await platform.charge(saga, order, "99.00").line == "retry provider-down")
        #expect(try await platform.charge(saga, order, "99.00").line == "retry provider-down")
        #expect(try await platform.charge(saga, order, "99.00").line == "done")
        #expect(try await remaining(platform) == "0")
        #expect(try await platform.violations() == [:])
    }

    @Test("A refusal strikes only whom it is meant for")
    func reject() async throws {
        let platform = try await Platform(faults: true)
        try await set(platform, "reject", action: "create-order", ["only_for": "'\(Seed.userID(2))'"])
        _ = try await platform.order(saga, Seed.userID(1))
        let refused = try await platform.ask(
            "billing.create-order", saga: .v7(), step: "create-order",
            ["userId": "\(Seed.userID(2))", "planId": "\(Seed.Plan.basic.id)"])
        #expect(refused.line == "rejected fault-injected")
        let bySaga = UUID.v7()
        try await set(platform, "fail", action: "*", ["only_for": "'\(bySaga)'"])
        _ = try await platform.order(.v7(), Seed.userID(2))
        let struck = try await platform.ask(
            "billing.create-order", saga: bySaga, step: "create-order",
            ["userId": "\(Seed.userID(1))", "planId": "\(Seed.Plan.basic.id)"])
        #expect(struck.line == "retry fault-injected")
    }

    @Test("Faults strike the undo too, but not a probe unless it is named")
    func directions() async throws {
        let platform = try await Platform(faults: true)
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        _ = try await platform.charge(saga, order, "99.00")
        try await set(platform, "fail", action: "refund")
        let undo: JSON = ["input": ["orderId": .string(order), "amount": "99.00"]]
        #expect(
            try await platform.ask("billing.refund", .undo, saga: saga, step: "charge", undo).line
                == "retry fault-injected")
        #expect(try await platform.ask("billing.refund", .undo, saga: saga, step: "charge", undo).line == "done")

        let interceptor = FaultSwitches(
            service: "billing", table: FaultTable(pool: platform.billing, logger: .quiet))
        try await set(platform, "drop-reply")
        func decision(_ direction: Direction) async -> ReplyDecision {
            let command = CommandDescription(
                participant: "billing", action: "charge",
                id: CommandID(saga: saga, step: "charge", direction: direction),
                attempt: 1, input: [:])
            return await interceptor.willReply(command, with: .done)
        }
        #expect(await decision(.probe) == .send)
        #expect(await decision(.do) == .drop)
        #expect(await decision(.do) == .send)
    }

    @Test("A delay holds the transaction open before its commit")
    func delay() async throws {
        let platform = try await Platform(faults: true)
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        try await set(platform, "delay", ["delay_ms": "400"])
        async let charging = platform.charge(saga, order, "99.00")
        try await eventually("the switch is used up") { try await remaining(platform) == "0" }
        #expect(try await platform.value(platform.billing, "SELECT count(*) FROM payments") == "0")
        #expect(try await charging.line == "done")
        #expect(try await platform.value(platform.billing, "SELECT count(*) FROM payments") == "1")
    }

    @Test(
        "A process that is made to die before its commit leaves nothing, after its commit everything",
        arguments: [
            ("crash-before-commit", "0"), ("crash-after-commit", "1"),
        ])
    func crash(kind: String, payments: String) async throws {
        let platform = try await Platform()
        let order = try await platform.order(saga, Seed.userID(1))["orderId"]
        try await set(platform, kind)
        let database = platform.configuration.billing
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                port = database.port as Int, name = database.database as String, saga = saga.description as String,
                order = order as String
            ] in
            try await Platform.chargeWithFaults(port: port, database: name, saga: saga, order: order)
        }
        try await eventually("the server has ended the dead session") {
            try await platform.value(
                platform.billing, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doomed'") == "0"
        }
        #expect(try await platform.value(platform.billing, "SELECT count(*) FROM payments") == payments)
        #expect(try await remaining(platform) == "0")
        // The redelivery, to another process.
        #expect(try await platform.charge(saga, order, "99.00").line == "done")
        #expect(try await platform.value(platform.billing, "SELECT count(*) FROM payments") == "1")
        #expect(try await platform.violations() == [:])
    }
}

extension Platform {
    /// What a billing service does with a charge, in a process that is about to be killed by a fault.
    static func chargeWithFaults(port: Int, database: String, saga: String, order: String) async throws {
        var configuration = PostgresConfiguration(host: "127.0.0.1", port: port, user: "postgres", database: database)
        configuration.applicationName = "doomed"
        let table = FaultTable(pool: PostgresPool(configuration, size: 1), logger: .quiet)
        let faults = FaultSwitches(service: "billing", table: table)
        let outside = Outside(pool: PostgresPool(configuration, size: 1), faults: table, delay: .zero)
        let runner = CommandRunner(
            participant: "billing", pool: PostgresPool(configuration, size: 1),
            actions: try ActionTable(CloudPhone.actions(of: .billing, outside)), interceptors: [faults],
            limits: .default,
            logger: .quiet, announce: { _, _ in }, eventsCommitted: {})
        let id = CommandID(saga: try #require(UUID(saga)), step: "charge", direction: .do)
        let input: JSON = ["orderId": .string(order), "amount": "99.00"]
        let command = try ReceivedCommand.charge(id, input)
        _ = await runner.answer(command)
        _ = await faults.willReply(command.description("billing", input: input), with: .done)
    }
}
