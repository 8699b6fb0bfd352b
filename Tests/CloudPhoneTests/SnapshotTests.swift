import Postgres
import SagaValues
import TestSupport
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("Snapshots and applications")
struct SnapshotTests {
    private let user = Seed.userID(1)
    private let device = Seed.deviceID(1)
    private let snapshot = UUID.v7()

    private func withDevice(faults: Bool = false) async throws -> Platform {
        let platform = try await Platform(faults: faults)
        try await platform.run(
            platform.core, "UPDATE devices SET status = 'stopped', user_id = '\(user)' WHERE id = '\(device)'")
        return platform
    }

    private var owned: JSON { ["deviceId": "\(device)", "userId": "\(user)"] }

    private func create(_ platform: Platform, _ id: UUID? = nil) -> Step {
        Step(
            platform, "device.create-snapshot", undo: "device.delete-snapshot",
            ["snapshotId": "\(id ?? snapshot)", "deviceId": "\(device)", "name": "before the update"])
    }

    /// What it overwrites is in the same picture, unless a test says otherwise.
    private func restore(
        _ platform: Platform, _ id: UUID? = nil, of device: UUID? = nil, safety: UUID? = nil
    ) -> Step {
        Step(
            platform, "device.restore-snapshot", undo: "device.bring-back",
            [
                "snapshotId": "\(id ?? snapshot)", "deviceId": "\(device ?? self.device)",
                "safetyId": "\(safety ?? id ?? snapshot)",
            ])
    }

    /// How many restores the provider has carried out.
    private func restores(_ platform: Platform) async throws -> String {
        try await platform.value(
            platform.core, "SELECT count(*) FROM provider_objects WHERE kind = 'restore' AND deleted_at IS NULL")
    }

    private func pictures(_ platform: Platform) async throws -> String {
        try await platform.value(
            platform.core, "SELECT count(*) FROM provider_objects WHERE kind = 'snapshot' AND deleted_at IS NULL")
    }

    @Test("A snapshot is taken of a device that stands still, restored, and deleted again")
    func life() async throws {
        let platform = try await withDevice()
        _ = try await Step(platform, "device.start", owned).done()
        #expect(try await Step(platform, "device.find", owned).done()["running"] == true)
        try await create(platform).refused("device-running")
        _ = try await Step(platform, "device.stop", owned).done()
        let taken = create(platform)
        #expect(try await taken.done()["sizeBytes"] == 1_073_741_824)
        try await create(platform).refused("snapshot-exists")
        let input: JSON = ["snapshotId": "\(snapshot)", "deviceId": "\(device)"]
        #expect(try await Step(platform, "device.find-snapshot", input).done()["name"] == "before the update")
        try await restore(platform, of: Seed.deviceID(2)).refused("device-idle")
        _ = try await restore(platform).done()
        _ = try await Step(platform, "device.start", owned).done()
        try await restore(platform).refused("device-running")
        _ = try await Step(platform, "device.stop", owned).done()
        try await taken.undone()
        try await restore(platform).refused("unknown-snapshot")
        #expect(
            try await platform.value(
                platform.core,
                "SELECT count(*) FROM provider_objects WHERE kind = 'snapshot' AND deleted_at IS NULL") == "0")
    }

    @Test(
        "A snapshot and a restore whose answers are lost are found by their probes", arguments: ["snapshot", "restore"])
    func lostAnswers(kind: String) async throws {
        let platform = try await withDevice(faults: true)
        if kind == "restore" { _ = try await create(platform).done() }
        let step = kind == "snapshot" ? create(platform) : restore(platform)
        #expect(try await step.probe().line == "rejected not-done")
        try await platform.fault("device-provider", kind, "drop-reply", times: nil, for: snapshot)
        #expect(try await step.do().line == "unknown provider-answer-lost")
        #expect(try await step.probe().line == "done")
        #expect(try await step.do(attempt: 2).line == "done")
        #expect(
            try await platform.value(
                platform.core,
                kind == "snapshot"
                    ? "SELECT count(*) FROM device_snapshots WHERE status = 'ready'"
                    : "SELECT count(*) FROM device_snapshots WHERE restored_at IS NOT NULL") == "1")
    }

    @Test("A snapshot of which no attempt told is deleted by the undo, and another saga's of the same id is not")
    func undoOfSnapshot() async throws {
        let platform = try await withDevice(faults: true)
        let others = create(platform)
        _ = try await others.done()
        // For every other saga this id is taken; its undo finds nothing of its own.
        let own = create(platform)
        try await own.refused("snapshot-exists")
        try await own.undone()
        #expect(try await pictures(platform) == "1")
        #expect(
            try await platform.value(platform.core, "SELECT status FROM device_snapshots WHERE id = '\(snapshot)'")
                == "ready")

        let id = UUID.v7()
        let lost = create(platform, id)
        try await platform.fault("device-provider", "snapshot", "drop-reply", times: nil, for: id)
        #expect(try await lost.do().line == "unknown provider-answer-lost")
        #expect(try await pictures(platform) == "2")
        try await platform.fault("device-provider", "delete", "drop-reply", times: 1, for: id)
        #expect(try await lost.undo().line == "unknown provider-answer-lost")
        try await lost.undone()
        #expect(try await pictures(platform) == "1")
    }

    @Test("What a restore has overwritten is brought back from the picture of it, whether or not its answer arrived")
    func bringBack() async throws {
        let platform = try await withDevice(faults: true)
        let safety = UUID.v7()
        _ = try await create(platform).done()
        _ = try await create(platform, safety).done()
        func books() async throws -> String {
            try await platform.value(
                platform.core,
                "SELECT string_agg(id || ' ' || (restored_at IS NULL), ',' ORDER BY id) FROM device_snapshots")
        }
        let before = try await books()

        // Nothing was overwritten, so nothing is restored; and a request that is still on its way is too late.
        let never = restore(platform, safety: safety)
        try await never.undone()
        #expect(try await restores(platform) == "0")

        let told = restore(platform, safety: safety)
        _ = try await told.done()
        #expect(try await books() != before)
        try await told.undone()
        #expect(try await restores(platform) == "2")
        #expect(try await books() == before)

        let lost = restore(platform, safety: safety)
        try await platform.fault("device-provider", "restore", "drop-reply", times: 1, for: snapshot)
        #expect(try await lost.do().line == "unknown provider-answer-lost")
        try await platform.fault("device-provider", "restore", "drop-reply", times: nil, for: safety)
        #expect(try await lost.undo().line == "unknown provider-answer-lost")
        try await lost.undone()
        #expect(try await restores(platform) == "4")
        #expect(try await books() == before)

        // Without the picture there is nothing to bring back, which a person must hear of.
        let bare = restore(platform, safety: safety)
        _ = try await bare.done()
        try await platform.run(
            platform.core, "UPDATE device_snapshots SET status = 'deleted' WHERE id = '\(safety)'")
        #expect(try await bare.undo().line == "retry unknown-snapshot")
        try await restore(platform, safety: safety).refused("unknown-snapshot")
    }

    @Test("A device that ran and is broken is not said to be as before")
    func brokenDevice() async throws {
        let platform = try await withDevice()
        _ = try await Step(platform, "device.start", owned).done()
        let stop = Step(platform, "device.stop", undo: "device.restart", owned)
        _ = try await stop.done()
        try await platform.run(platform.core, "UPDATE devices SET status = 'error' WHERE id = '\(device)'")
        #expect(try await stop.undo().line == "retry device-broken")
        try await platform.run(platform.core, "UPDATE devices SET status = 'stopped' WHERE id = '\(device)'")
        try await stop.undone()
        #expect(try await platform.status(device) == "running")
    }

    @Test("A device is found and listed for its owner only, and deleted ones are not listed")
    func listing() async throws {
        let platform = try await withDevice()
        try await platform.run(
            platform.core,
            "UPDATE devices SET status = 'deleted', user_id = '\(user)' WHERE id = '\(Seed.deviceID(2))'")
        let listed = try await Step(platform, "device.list", ["userId": "\(user)"]).done()
        #expect(listed["devices"]?.arrayValue?.map { $0["deviceId"]?.stringValue } == ["\(device)"])
        let strangers: JSON = ["deviceId": "\(device)", "userId": "\(Seed.userID(2))"]
        try await Step(platform, "device.find", strangers).refused("unknown-device")
        let deleted: JSON = ["deviceId": "\(Seed.deviceID(2))", "userId": "\(user)"]
        try await Step(platform, "device.find", deleted).refused("device-deleted")
    }

    // MARK: Applications

    private func installation(_ platform: Platform) -> [Step] {
        let saga = UUID.v7()
        let input: JSON = ["applicationId": "\(Seed.applicationID(1))", "deviceId": "\(device)"]
        return [
            ("create-installation", "delete-installation"), ("transfer", "delete-temp"), ("install", "uninstall"),
            ("verify", nil), ("mark-installed", "unmark-installed"),
        ].map { (action: String, undo: String?) in
            Step(platform, "app.\(action)", undo: undo.map { "app.\($0)" }, saga: saga, input)
        }
    }

    @Test("An application is installed step by step, and every undo leaves what was there before")
    func installation() async throws {
        let platform = try await Platform()
        func state() async throws -> String {
            try await platform.value(
                platform.core,
                "SELECT string_agg(status || coalesce(temp_path, '-') || (installed_at IS NULL), ',') FROM device_applications"
            )
        }
        let steps = installation(platform)
        var states: [String] = []
        for step in steps {
            states.append(try await state())
            _ = try await step.done()
        }
        #expect(
            try await platform.value(platform.core, "SELECT status FROM device_applications") == "installed")
        try await installation(platform)[0].refused("already-installed")
        for step in steps.reversed() {
            let before = states.popLast()
            guard step.undoAction != nil else { continue }
            try await step.undone()
            #expect(try await state() == before, "\(step.action)")
        }
    }

    @Test("No step of an installation skips the one before, and what is withdrawn is not installed")
    func installationRefusals() async throws {
        let platform = try await Platform()
        for step in installation(platform)[1...2] + [installation(platform)[4]] {
            try await step.refused("wrong-state")
        }
        try await installation(platform)[3].refused("not-installed")
        let steps = installation(platform)
        _ = try await steps[0].done()
        // Without its package.
        try await steps[2].refused("wrong-state")
        let application: JSON = ["applicationId": "\(Seed.applicationID(1))"]
        let validated = try await Step(platform, "app.validate", application).done()
        #expect(validated["version"] == "1.4.0")
        try await platform.run(platform.core, "UPDATE applications SET status = 'withdrawn'")
        try await Step(platform, "app.validate", application).refused("application-withdrawn")
        try await steps[1].refused("application-withdrawn")
        try await Step(platform, "app.validate", ["applicationId": "\(UUID.v7())"]).refused("unknown-application")
    }
}
