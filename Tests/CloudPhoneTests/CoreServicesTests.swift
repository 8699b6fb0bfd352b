import Postgres
import SagaValues
import TestSupport
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Device, user and notification")
struct CoreServicesTests {
    private let saga = UUID.v7()

    private func allocation(_ order: UUID, user: Int = 1) -> JSON {
        ["orderId": "\(order)", "userId": "\(Seed.userID(user))"]
    }

    @Test("Of fifty purchases at once exactly as many get a device as there are, each its own")
    func pool() async throws {
        let platform = try await Platform(Seed(users: 1, balance: 0, devices: 12))
        let answers = try await withThrowingTaskGroup(of: Platform.Answer.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    var answer = try await platform.ask(
                        "device.allocate", saga: .v7(), step: "allocate", allocation(.v7()))
                    while answer.line == "retry device-pool-busy" {
                        answer = try await platform.ask(
                            "device.allocate", saga: .v7(), step: "allocate", allocation(.v7()))
                    }
                    return answer
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let devices = answers.filter { $0.line == "done" }.map { $0["deviceId"] }
        #expect(devices.count == 12 && Set(devices).count == 12)
        #expect(answers.count { $0.line == "rejected no-device-available" } == 38)
        #expect(
            try await platform.value(platform.core, "SELECT count(*) FROM devices WHERE status = 'allocated'") == "12")
    }

    @Test("A purchase waits for a device that another one is about to put back")
    func contestedDevice() async throws {
        let platform = try await Platform(Seed(users: 1, balance: 0, devices: 1))
        let answer = try await platform.core.withConnection { connection in
            try await connection.transaction { transaction in
                try await transaction.execute(
                    PostgresStatement(
                        "UPDATE devices SET status = 'allocated', order_id = gen_random_uuid(), user_id = gen_random_uuid()"
                    ))
                async let waiting = platform.ask("device.allocate", saga: saga, step: "allocate", allocation(.v7()))
                try await eventually("it waits for the row") {
                    try await platform.value(
                        platform.core,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                    ) == "1"
                }
                try await transaction.execute(
                    PostgresStatement("UPDATE devices SET status = 'idle', order_id = NULL, user_id = NULL"))
                try await transaction.commit(after: [])
                return try await waiting
            }
        }
        #expect(answer.line == "done" || answer.line == "retry device-pool-busy", "\(answer.line)")
        #expect(answer.line != "rejected no-device-available")
    }

    @Test("A released device is free again, once; an order holds at most one")
    func release() async throws {
        let platform = try await Platform(Seed(users: 1, balance: 0, devices: 1))
        let order = UUID.v7()
        let first = try await platform.ask("device.allocate", saga: saga, step: "allocate", allocation(order))
        #expect(first["deviceName"] == "phone-1" && first.output["adbPort"] == 5001)
        let again = try await platform.ask("device.allocate", saga: .v7(), step: "allocate", allocation(order))
        #expect(again.line == "rejected order-has-device")
        for _ in 0..<2 {
            let undone = try await platform.ask(
                "device.release", .undo, saga: saga, step: "allocate",
                ["input": allocation(order), "output": first.output])
            #expect(undone.line == "done")
        }
        #expect(
            try await platform.value(platform.core, "SELECT status || coalesce(order_id::text, '') FROM devices")
                == "idle")
        #expect(
            try await platform.ask("device.allocate", saga: .v7(), step: "allocate", allocation(.v7())).line == "done")
        #expect(
            try await platform.value(
                platform.core, "SELECT string_agg(payload::json ->> 'status', ' ' ORDER BY id) FROM saga_outbox")
                == "allocated idle allocated")
    }

    @Test("A quota is raised to what the plan grants, never lowered, and not twice by duplicates")
    func quota() async throws {
        let platform = try await Platform()
        func raise(_ saga: UUID, _ plan: Seed.Plan) async throws -> Platform.Answer {
            try await platform.ask(
                "user.raise-quota", saga: saga, step: "quota", ["userId": "\(Seed.userID(1))", "planId": "\(plan.id)"])
        }
        let pro = try await raise(saga, .pro)
        #expect(pro.output["limits"]?["maxDevices"] == 20 && pro.output["limits"]?["totalStorageGB"] == 500)
        #expect(try await raise(saga, .pro).output == pro.output)
        let basic = try await raise(.v7(), .basic)
        #expect(basic.output["limits"]?["maxDevices"] == 20)
        #expect(try await platform.value(platform.core, "SELECT plan_id FROM quotas") == "\(Seed.Plan.basic.id)")
        let stranger = try await platform.ask(
            "user.raise-quota", saga: .v7(), step: "quota", ["userId": "\(UUID.v7())", "planId": "\(Seed.Plan.pro.id)"])
        #expect(stranger.line == "rejected unknown-user")
    }

    @Test("A message is written once, in the words of its template")
    func notification() async throws {
        let platform = try await Platform()
        let body: JSON = ["userId": "\(Seed.userID(1))", "template": "order-completed", "orderNumber": "CP1"]
        for attempt in 1...3 {
            let sent = try await platform.ask("notification.send", saga: saga, step: "notify", attempt: attempt, body)
            #expect(sent.line == "done")
        }
        #expect(
            try await platform.value(platform.core, "SELECT type || '|' || status || '|' || message FROM notifications")
                == "order|sent|Order CP1 is paid and your cloud phone is waiting for you.")
        let unknown = try await platform.ask(
            "notification.send", saga: .v7(), step: "notify", ["userId": "\(Seed.userID(1))", "template": "spam"])
        #expect(unknown.line == "rejected unknown-template")
    }

    @Test("Seeding twice changes nothing, seeding more adds")
    func seeding() async throws {
        let platform = try await Platform(Seed(users: 3, balance: 50, devices: 2))
        try await platform.run(platform.billing, "UPDATE plans SET price = 100 WHERE name = 'Basic'")
        try await CloudPhone.seed(
            Seed(users: 5, balance: 60, devices: 4), configuration: platform.configuration, logger: .quiet)
        #expect(
            try await platform.value(
                platform.billing, "SELECT string_agg(balance::text, ' ' ORDER BY user_id) FROM user_balances")
                == "50.00 50.00 50.00 60.00 60.00")
        #expect(
            try await platform.value(
                platform.billing, "SELECT string_agg(name || ' ' || price, ', ' ORDER BY id) FROM plans")
                == "Free 0.00, Basic 100.00, Pro 299.00, Enterprise 999.00")
        #expect(try await platform.value(platform.core, "SELECT count(*) FROM devices WHERE status = 'idle'") == "4")
        #expect(
            try await platform.value(platform.core, "SELECT username FROM users WHERE id = $1", [.uuid(Seed.userID(5))])
                == "user-5")
        #expect(
            try await platform.value(
                platform.billing, "SELECT name FROM plans WHERE id = $1", [.uuid(Seed.Plan.pro.id)]) == "Pro")
        #expect(try await platform.violations() == [:])
    }
}

@Suite("Copies of users")
struct UserCopiesTests {
    @Test("News that is older than what is known changes nothing, on the copy nor on orders")
    func order() async throws {
        let platform = try await Platform()
        let user = Seed.userID(1)
        _ = try await platform.order(.v7(), user)
        func hear(_ name: String, at seconds: Int) async throws {
            try await platform.billing.transaction { transaction in
                try await UserCopies.userChanged(
                    UserChanged(
                        userId: user, fullName: name, email: "\(name)@example.test", tenantId: nil,
                        updatedAt: Timestamp(microseconds: Int64(seconds) * 1_000_000)),
                    EventContext(event: "user.updated", messageID: name, transaction: transaction, logger: .quiet))
            }
        }
        try await hear("second", at: 20)
        try await hear("first", at: 10)
        #expect(
            try await platform.value(platform.billing, "SELECT name FROM user_copies WHERE user_id = $1", [.uuid(user)])
                == "second")
        #expect(
            try await platform.value(platform.billing, "SELECT user_name || user_email FROM orders")
                == "secondsecond@example.test")
    }
}
