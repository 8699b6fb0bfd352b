import Postgres
import SagaValues
import TestSupport
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Devices made for a user")
struct ProvisioningTests {
    private let user = Seed.userID(1)

    /// The steps of device-provision, one after the other.
    private struct Provision {
        let saga = UUID.v7()
        let device = UUID.v7()
        let platform: Platform
        let user: UUID

        var id: JSON { "\(device)" }
        var ports: Step { step("device.allocate-ports", "device.release-ports", ["deviceId": id]) }
        var proxy: Step { step("device.allocate-proxy", "device.release-proxy", ["deviceId": id]) }

        func create(port: JSON = 1) -> Step {
            step(
                "device.create-at-provider", "device.delete-at-provider",
                [
                    "deviceId": id, "provider": "redroid", "type": "phone", "cpuCores": 2, "memoryMb": 4096,
                    "storageMb": 10240, "adbPort": port,
                ])
        }

        func record(port: JSON, externalID: JSON) -> Step {
            step(
                "device.create-record", "device.delete-record",
                [
                    "deviceId": id, "userId": "\(user)", "name": "mine", "type": "phone", "provider": "redroid",
                    "externalId": externalID, "adbPort": port, "cpuCores": 2, "memoryMb": 4096, "storageMb": 10240,
                ])
        }

        var quota: Step {
            step(
                "user.report-quota", "user.return-quota",
                [
                    "userId": "\(user)", "deviceId": id, "cpuCores": 2, "memoryMb": 4096, "storageMb": 10240,
                ])
        }

        var start: Step { step("device.start", "device.stop", owned) }
        var owned: JSON { ["deviceId": id, "userId": "\(user)"] }

        private func step(_ action: String, _ undo: String, _ input: JSON) -> Step {
            Step(platform, action, undo: undo, saga: saga, input)
        }

        /// All of it; the steps in their order.
        func carryOut() async throws -> [Step] {
            let port = try #require(try await ports.done()["adbPort"])
            _ = try await proxy.done()
            let create = create(port: port)
            let record = record(port: port, externalID: try #require(try await create.done()["externalId"]))
            _ = try await record.done()
            _ = try await quota.done()
            _ = try await start.done()
            return [ports, proxy, create, record, quota, start]
        }
    }

    private func withQuota(_ platform: Platform, _ plan: Seed.Plan = .basic) async throws {
        _ = try await Step(platform, "user.raise-quota", ["userId": "\(user)", "planId": "\(plan.id)"]).done()
    }

    @Test("A device is made step by step, and every undo leaves what was there before")
    func thereAndBack() async throws {
        let platform = try await Platform()
        try await withQuota(platform)
        let provision = Provision(platform: platform, user: user)
        var states = [try await platform.devices()]
        let port = try #require(try await provision.ports.done()["adbPort"])
        states.append(try await platform.devices())
        _ = try await provision.proxy.done()
        states.append(try await platform.devices())
        let create = provision.create(port: port)
        let externalID = try #require(try await create.done()["externalId"])
        states.append(try await platform.devices())
        let record = provision.record(port: port, externalID: externalID)
        _ = try await record.done()
        states.append(try await platform.devices())
        let used = try await provision.quota.done()
        #expect(used["usage"]?["currentDevices"] == 1 && used["usage"]?["usedMemoryGB"] == 4)
        #expect(used["usage"]?["usedStorageGB"] == 10)
        states.append(try await platform.devices())
        _ = try await provision.start.done()
        #expect(
            try await platform.value(platform.core, "SELECT status FROM devices WHERE user_id = $1", [.uuid(user)])
                == "running")
        #expect(try await platform.violations() == [:])

        for step in [provision.start, provision.quota, record, create, provision.proxy, provision.ports] {
            try await step.undone()
            #expect(try await platform.devices() == states.popLast(), "\(step.action)")
        }
        #expect(try await platform.violations() == [:])
    }

    @Test("A device is deleted: stopped, gone at the provider, its port and proxy free, its quota given back")
    func deletion() async throws {
        let platform = try await Platform()
        try await withQuota(platform)
        let provision = Provision(platform: platform, user: user)
        _ = try await provision.carryOut()
        let (saga, device): (UUID, JSON) = (.v7(), ["deviceId": provision.id])
        let running = Step(platform, "device.delete-at-provider", saga: .v7(), device)
        try await running.refused("device-running")
        let stranger = Step(platform, "device.stop", ["deviceId": provision.id, "userId": "\(UUID.v7())"])
        try await stranger.refused("unknown-device")

        let stop = Step(platform, "device.stop", undo: "device.restart", saga: saga, provision.owned)
        #expect(try await stop.done()["before"] == "running")
        try await stop.undone()
        #expect(try await platform.status(provision.device) == "running")
        _ = try await Step(platform, "device.stop", provision.owned).done()
        // What stood still before stands still after its undo.
        let idle = Step(platform, "device.stop", undo: "device.restart", provision.owned)
        #expect(try await idle.done()["before"] == "stopped")
        try await idle.undone()
        #expect(try await platform.status(provision.device) == "stopped")

        let delete = Step(platform, "device.delete-at-provider", saga: saga, device)
        #expect(try await delete.probe().line == "rejected not-done")
        _ = try await delete.done()
        #expect(try await platform.machines() == "0")
        for action in ["device.release-proxy", "device.release-ports"] {
            #expect(try await Step(platform, action, saga: saga, device).done()["released"] == true)
            #expect(try await Step(platform, action, device).done()["released"] == false)
        }
        // The next device may get the port before this one is marked as deleted.
        #expect(try await platform.violations() == [:])
        #expect(
            try await platform.value(
                platform.core,
                "SELECT (SELECT count(*) FROM device_ports WHERE device_id IS NOT NULL) + (SELECT count(*) FROM proxies WHERE device_id IS NOT NULL)"
            ) == "0")
        let quota = Step(platform, "user.return-quota", saga: saga, provision.owned)
        #expect(try await quota.done()["changed"] == true)
        #expect(try await Step(platform, "user.return-quota", provision.owned).done()["changed"] == false)
        _ = try await Step(platform, "device.mark-deleted", saga: saga, device).done()
        #expect(try await platform.status(provision.device) == "deleted")
        try await Step(platform, "device.start", provision.owned).refused("device-deleted")
        #expect(try await platform.violations() == [:])
    }

    @Test("A lost answer is no lost machine: the next attempt gets the same one, and so does a probe")
    func lostAnswer() async throws {
        let platform = try await Platform(faults: true)
        let provision = Provision(platform: platform, user: user)
        // Nothing has been begun.
        #expect(try await provision.create().probe().line == "rejected not-done")
        try await platform.fault(
            "device-provider", "device", "drop-reply", times: 1, for: provision.device)
        #expect(try await provision.create().do().line == "unknown provider-answer-lost")
        #expect(try await platform.machines() == "1")
        let second = try await provision.create().do(attempt: 2)
        #expect(second.line == "done")
        #expect(try await platform.machines() == "1")

        // For another device every answer is lost, for ever: only the probe finds out, and the undo runs after it.
        let other = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "drop-reply", times: nil, for: other.device)
        for attempt in 1...3 {
            #expect(try await other.create().do(attempt: attempt).line == "unknown provider-answer-lost")
        }
        let found = try await other.create().probe()
        #expect(found.line == "done" && found["externalId"].hasPrefix("device-"))
        #expect(try await platform.machines() == "2")
        #expect(try await other.create().do(attempt: 4)["externalId"] == found["externalId"])
        try await other.create().undone()
        #expect(try await platform.machines() == "1")
        #expect(try await platform.violations() == [:])
    }

    @Test("Whatever we know of it, the undo takes back what stands under our key, and lets nothing come after it")
    func undoInDoubt() async throws {
        let platform = try await Platform(faults: true)
        // No attempt has told of the machine.
        let lost = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "drop-reply", times: nil, for: lost.device)
        #expect(try await lost.create().do().line == "unknown provider-answer-lost")
        #expect(try await platform.machines() == "1")
        // Nor does the answer to its deletion arrive, so nobody says that it is undone before it was looked for again.
        try await platform.fault("device-provider", "delete", "drop-reply", times: nil, for: lost.device)
        #expect(try await lost.create().undo().line == "unknown provider-answer-lost")
        try await lost.create().undone()
        #expect(try await platform.machines() == "0")

        // The undo comes before the do: at the provider as well as in our barrier.
        let late = Provision(platform: platform, user: user)
        try await late.create().undone()
        #expect(try await late.create().do().line == "rejected already-undone")
        try await platform.run(platform.core, "DELETE FROM saga_barrier")
        #expect(try await late.create().do(attempt: 2).line == "rejected request-withdrawn")
        #expect(try await platform.machines() == "0")

        // Refused by a later attempt, after an earlier one got through.
        let refused = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "drop-reply", times: 1, for: refused.device)
        #expect(try await refused.create().do().line == "unknown provider-answer-lost")
        try await platform.fault("device", "create-at-provider", "reject", times: nil, for: refused.device)
        #expect(try await refused.create().do(attempt: 2).line == "done")
        try await refused.create().undone()
        #expect(try await platform.machines() == "0")
        #expect(try await platform.violations() == [:])
    }

    @Test("A provider that takes longer than the saga has time is not waited for")
    func tooSlow() async throws {
        let platform = try await Platform(faults: true)
        let provision = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "delay", delay: 3_600_000, for: provision.device)
        let past = Timestamp.now() - .seconds(1)
        #expect(try await provision.create().do(deadline: past).line == "unknown provider-slow")
        try await provision.create().undone()
        #expect(try await platform.machines() == "0")
    }

    @Test("A provider that takes long is waited for, and it is said that it takes long")
    func slow() async throws {
        let platform = try await Platform(faults: true, providerDelay: .milliseconds(100))
        let provision = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "delay", delay: 2000, for: provision.device)
        async let answer = provision.create().do()
        try await eventually("it says that it is at it") { platform.announcements.contains("working") }
        #expect(try await provision.create().probe().line == "retry provider-busy")
        #expect(try await answer.line == "done")
        #expect(try await platform.machines() == "1")
    }

    @Test("A provider refuses what it has not begun, and is away for a while")
    func refusal() async throws {
        let platform = try await Platform(faults: true)
        let provision = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "fail", for: provision.device)
        #expect(try await provision.create().do().line == "retry provider-away")
        try await platform.fault("device-provider", "device", "reject", for: provision.device)
        try await provision.create().refused("provider-refused")
        #expect(try await platform.machines() == "0")

        let begun = Provision(platform: platform, user: user)
        try await platform.fault("device-provider", "device", "drop-reply", for: begun.device)
        #expect(try await begun.create().do().line == "unknown provider-answer-lost")
        try await platform.fault("device-provider", "device", "reject", for: begun.device)
        #expect(try await begun.create().do(attempt: 2).line == "done")

        let machine = try await begun.create().do(attempt: 3)
        try await platform.fault("device-provider", "delete", "drop-reply", for: begun.device)
        #expect(try await begun.create().undo(output: machine.output).line == "unknown provider-answer-lost")
        #expect(try await platform.machines() == "0")
        #expect(try await begun.create().undo(output: machine.output).line == "done")
    }

    @Test("After a deletion whose answer was lost a probe sees that the machine is gone")
    func probeDeletion() async throws {
        let platform = try await Platform(faults: true)
        try await withQuota(platform)
        let provision = Provision(platform: platform, user: user)
        _ = try await provision.carryOut()
        _ = try await Step(platform, "device.stop", provision.owned).done()
        try await platform.fault("device-provider", "delete", "drop-reply", times: nil, for: provision.device)
        let delete = Step(platform, "device.delete-at-provider", ["deviceId": provision.id])
        #expect(try await delete.do().line == "unknown provider-answer-lost")
        #expect(try await delete.probe().line == "done")
        #expect(try await delete.do(attempt: 2).line == "done")
    }

    @Test("A provider that has deleted a machine and lost its answer does not refuse it afterwards")
    func deletedBeforeRefusal() async throws {
        let platform = try await Platform(faults: true)
        try await withQuota(platform)
        let provision = Provision(platform: platform, user: user)
        _ = try await provision.carryOut()
        _ = try await Step(platform, "device.stop", provision.owned).done()
        let delete = Step(platform, "device.delete-at-provider", ["deviceId": provision.id])
        try await platform.fault("device-provider", "delete", "drop-reply", times: 1, for: provision.device)
        #expect(try await delete.do().line == "unknown provider-answer-lost")
        // A refusal would have the saga start the device again, of which there is no machine any more.
        try await platform.fault("device-provider", "delete", "reject", times: nil, for: provision.device)
        #expect(try await delete.do(attempt: 2).line == "done")

        let other = Provision(platform: platform, user: user)
        _ = try await other.carryOut()
        _ = try await Step(platform, "device.stop", other.owned).done()
        try await platform.fault("device-provider", "delete", "reject", times: nil, for: other.device)
        #expect(
            try await Step(platform, "device.delete-at-provider", ["deviceId": other.id]).do().line
                == "rejected provider-refused")
    }

    @Test("Of fifty devices at once exactly as many get a port and a proxy as there are, each its own")
    func pools() async throws {
        var seed = Seed(users: 1, balance: 0, devices: 0)
        seed.ports = 15
        seed.proxies = 7
        let platform = try await Platform(seed)
        for (action, count) in [("ports", 15), ("proxy", 7)] {
            let answers = try await withThrowingTaskGroup(of: Platform.Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let step = Step(platform, "device.allocate-\(action)", ["deviceId": "\(UUID.v7())"])
                        var answer = try await step.do()
                        for attempt in 2..<100 where answer.line.hasPrefix("retry") {
                            answer = try await step.do(attempt: attempt)
                        }
                        return answer
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let got = answers.filter { $0.line == "done" }.map { ($0.output["adbPort"] ?? $0.output["proxyId"])?.text }
            #expect(got.count == count && Set(got).count == count)
            #expect(answers.count { $0.line.hasPrefix("rejected no-") } == 50 - count)
        }
    }

    @Test("Steps are refused when they do not fit, and leave nothing behind")
    func refusals() async throws {
        let platform = try await Platform()
        let provision = Provision(platform: platform, user: user)
        try await provision.record(port: 2001, externalID: "x").refused("port-not-held")
        try await provision.start.refused("unknown-device")
        try await provision.quota.refused("no-quota")
        _ = try await provision.ports.done()
        let again = Step(platform, "device.allocate-ports", ["deviceId": provision.id])
        try await again.refused("device-has-port")
        try await Step(platform, "device.mark-deleted", ["deviceId": "\(UUID.v7())"]).refused("unknown-device")
        try await Step(platform, "device.delete-at-provider", ["deviceId": "\(UUID.v7())"]).refused("unknown-device")
        try await platform.run(platform.core, "UPDATE devices SET status = 'error', user_id = '\(user)'")
        let broken: JSON = ["deviceId": "\(Seed.deviceID(1))", "userId": "\(user)"]
        try await Step(platform, "device.start", broken).refused("device-not-startable")
    }

    @Test("A quota lets in what it grants and not one more, also when many ask at once")
    func quota() async throws {
        let platform = try await Platform()
        try await withQuota(platform)
        let lines = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 {
                group.addTask { try await Provision(platform: platform, user: user).quota.do().line }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lines.count { $0 == "done" } == 5)
        #expect(lines.count { $0 == "rejected quota-exceeded" } == 7)
        #expect(
            try await platform.value(platform.core, "SELECT usage ->> 'currentDevices' FROM quotas") == "5")
        #expect(try await platform.violations() == [:])
        try await platform.run(platform.core, "UPDATE quotas SET status = 'suspended'")
        try await Provision(platform: platform, user: user).quota.refused("quota-not-active")
    }
}

extension Platform {
    /// Where devices, their resources and their machines stand, times aside.
    func devices() async throws -> String {
        try await value(
            core,
            """
            SELECT concat_ws(E'\\n',
                (SELECT string_agg(d.id || d.status || coalesce(d.adb_port, 0), ',' ORDER BY d.id) FROM devices d),
                (SELECT string_agg(p.port || ':' || p.device_id, ',') FROM device_ports p WHERE p.device_id IS NOT NULL),
                (SELECT string_agg(x.id || ':' || x.device_id, ',') FROM proxies x WHERE x.device_id IS NOT NULL),
                (SELECT count(*) FROM provider_objects WHERE deleted_at IS NULL),
                (SELECT string_agg(usage ->> 'currentDevices', ',') FROM quotas))
            """)
    }

    /// How many machines the provider runs for us.
    func machines() async throws -> String {
        try await value(
            core, "SELECT count(*) FROM provider_objects WHERE kind = 'device' AND deleted_at IS NULL")
    }

    func status(_ device: SagaValues.UUID) async throws -> String {
        try await value(core, "SELECT status FROM devices WHERE id = $1", [.uuid(device)])
    }

    /// Sets a fault for whatever carries an id; `times` nil is for ever.
    func fault(
        _ service: String, _ action: String, _ kind: String, times: Int? = 1, delay: Int = 0,
        for id: SagaValues.UUID
    ) async throws {
        try await run(
            ["billing", "payment-provider"].contains(service) ? billing : core,
            """
            INSERT INTO fault_switches (service, action, kind, remaining, delay_ms, only_for)
            VALUES ('\(service)', '\(action)', '\(kind)', \(times.map { "\($0)" } ?? "NULL"), \(delay), '\(id)')
            """)
    }
}
