import Logging
import Postgres
import SagaValues
import Synchronization
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Accounts")
struct AccountTests {
    private static let hash = "argon2id-v19-m65536-c2VjcmV0-do-not-show"

    /// The steps of user-registration.
    private struct Registration {
        let platform: Platform
        let saga = UUID.v7()
        let user = UUID.v7()
        var name = "ada"

        var id: JSON { ["userId": "\(user)"] }
        var create: Step {
            step(
                "user.create", "user.delete",
                [
                    "userId": "\(user)", "username": .string(name), "email": .string("\(name)@example.test"),
                    "fullName": "Ada Lovelace", "passwordHash": .string(AccountTests.hash),
                ])
        }
        var role: Step { step("user.assign-role", "user.revoke-role", ["userId": "\(user)", "role": "customer"]) }
        var quota: Step {
            step(
                "user.initialize-quota", "user.delete-quota",
                ["userId": "\(user)", "maxDevices": 1, "storageGb": 10, "trafficGb": 10])
        }
        var balance: Step { step("billing.open-balance", "billing.close-balance", id) }
        var activate: Step { step("user.activate", nil, id) }

        func step(_ action: String, _ undo: String?, _ input: JSON) -> Step {
            Step(platform, action, undo: undo, saga: saga, input)
        }
    }

    @Test("A user is registered step by step, and every undo leaves what was there before")
    func thereAndBack() async throws {
        let platform = try await Platform()
        let registration = Registration(platform: platform)
        let steps = [registration.create, registration.role, registration.quota, registration.balance]
        var states: [String] = []
        for step in steps {
            states.append(try await platform.fingerprint())
            _ = try await step.done()
        }
        for step in steps.reversed() {
            try await step.undone()
            #expect(try await platform.fingerprint() == states.popLast(), "\(step.action)")
        }
        #expect(try await platform.violations() == [:])
    }

    @Test("An active user is known to billing, can no longer be deleted, and is suspended and reinstated")
    func life() async throws {
        let platform = try await Platform()
        let registration = Registration(platform: platform)
        for step in [registration.create, registration.role, registration.quota, registration.balance] {
            _ = try await step.done()
        }
        #expect(try await platform.value(platform.core, "SELECT count(*) FROM saga_outbox") == "0")
        _ = try await registration.activate.done()
        #expect(
            try await platform.value(platform.core, "SELECT string_agg(event, ' ') FROM saga_outbox") == "user.created")
        #expect(try await registration.create.undo().line == "retry user-not-pending")
        try await Step(platform, "user.activate", registration.id).refused("user-not-pending")
        try await Step(platform, "user.close", registration.id).refused("user-not-suspended")

        let input: JSON = ["userId": "\(registration.user)", "reason": "leaves"]
        let suspend = Step(platform, "user.suspend", undo: "user.reinstate", input)
        #expect(try await suspend.done()["before"] == "active")
        try await suspend.undone()
        #expect(
            try await platform.value(platform.core, "SELECT status FROM users WHERE id = '\(registration.user)'")
                == "active")
        _ = try await Step(platform, "user.suspend", input).done()
        let again = Step(platform, "user.suspend", undo: "user.reinstate", input)
        #expect(try await again.done()["before"] == "suspended")
        try await again.undone()
        _ = try await Step(platform, "user.close", registration.id).done()
        #expect(
            try await platform.value(
                platform.core,
                """
                SELECT u.status || (SELECT count(*) FROM user_credentials c WHERE c.user_id = u.id)
                    || (SELECT count(*) FROM user_roles r WHERE r.user_id = u.id)
                    || (SELECT status FROM quotas q WHERE q.user_id = u.id)
                FROM users u WHERE id = '\(registration.user)'
                """) == "deleted00expired")
        try await Step(platform, "user.suspend", input).refused("user-not-active")
    }

    @Test("A role or quota that was there before the saga outlives its undo")
    func notMine() async throws {
        let platform = try await Platform()
        let seeded: JSON = ["userId": "\(Seed.userID(1))", "role": "customer"]
        let before = try await platform.fingerprint()
        let role = Step(platform, "user.assign-role", undo: "user.revoke-role", seeded)
        #expect(try await role.done()["assigned"] == false)
        try await role.undone()
        #expect(try await platform.fingerprint() == before)
        let quota: JSON = ["userId": "\(Seed.userID(1))", "maxDevices": 1, "storageGb": 100, "trafficGb": 10]
        let first = Step(platform, "user.initialize-quota", undo: "user.delete-quota", quota)
        _ = try await first.done()
        try await Step(platform, "user.initialize-quota", quota).refused("quota-exists")
        let device: JSON = [
            "userId": "\(Seed.userID(1))", "deviceId": "\(UUID.v7())", "cpuCores": 1, "memoryMb": 512,
            "storageMb": 2048,
        ]
        _ = try await Step(platform, "user.report-quota", device).done()
        #expect(try await first.undo().line == "retry quota-in-use")
    }

    @Test("Names and addresses are taken once, and nothing is made for users or roles that do not exist")
    func refusals() async throws {
        let platform = try await Platform()
        try await Step(platform, "user.validate", ["username": "user-1", "email": "x@example.test"])
            .refused("username-taken")
        try await Step(platform, "user.validate", ["username": "x", "email": "user-1@example.test"])
            .refused("email-taken")
        _ = try await Step(platform, "user.validate", ["username": "x", "email": "x@example.test"]).done()
        try await Registration(platform: platform, name: "user-1").create.refused("user-exists")
        let nobody = Registration(platform: platform)
        try await nobody.role.refused("unknown-user")
        try await nobody.quota.refused("unknown-user")
        try await nobody.activate.refused("unknown-user")
        let role: JSON = ["userId": "\(Seed.userID(1))", "role": "emperor"]
        try await Step(platform, "user.assign-role", role).refused("unknown-role")
    }

    @Test("The password's hash is stored, and stands in no answer, event, log, barrier or other table")
    func secret() async throws {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .trace
        let platform = try await Platform(faults: true, logger: logger)
        let registration = Registration(platform: platform)
        var answers: [String] = []
        // Failures talk more than successes.
        try await platform.fault("user", "create", "fail", for: registration.user)
        for attempt in 1...3 {
            answers.append("\(try await registration.create.do(attempt: attempt).outcome)")
        }
        answers.append("\(try await Registration(platform: platform).create.do().outcome)")
        var broken = registration.create.input.objectValue ?? [:]
        broken["username"] = 5
        broken["fullName"] = .string("\u{1}" + String(repeating: "x", count: 100))
        answers.append("\(try await Step(platform, "user.create", .object(broken)).do().outcome)")
        try await platform.run(
            platform.core, "ALTER TABLE user_credentials ADD CHECK (length(password_hash) < 5) NOT VALID")
        let failing = try await Registration(platform: platform, name: "eve").create.do()
        #expect(failing.line == "retry internal-error")
        answers.append("\(failing.outcome)")
        #expect(lines.all.contains { $0.contains("failed unexpectedly") })
        _ = try await registration.activate.done()
        #expect(try await registration.create.undo().line == "retry user-not-pending")

        for text in answers + lines.all { #expect(!text.contains("argon2id"), "\(text)") }
        #expect(
            try await platform.value(platform.core, "SELECT password_hash FROM user_credentials") == Self.hash)
        let tables = try await platform.core.execute(
            PostgresStatement(
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
            ))
        for row in tables {
            let table = try row.text(0)
            guard table != "user_credentials" else { continue }
            #expect(
                try await platform.value(
                    platform.core, "SELECT count(*) FROM \(table) t WHERE t::text LIKE '%argon2id%'") == "0", "\(table)"
            )
        }
    }
}

/// Keeps every line with its metadata.
private final class Lines: LogHandler, Sendable {
    private let content = Mutex<[String]>([])
    var all: [String] { content.withLock { $0 } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        content.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
