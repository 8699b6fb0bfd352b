import CloudPhone
import LocalPlatform
import SagaValues
import Testing

extension Course {
    // MARK: Bad weather

    /// Temporary failures, lost answers and services that die: none of it is seen in how a saga ends.
    func badWeather() async throws {
        let trials = trials.filter { $0.list == nil }
        var weathers: [(trial: Trial, fault: Town.Fault)] = []
        var crashes: [String: Int] = [:]
        for (number, trial) in trials.enumerated() {
            func add(_ kind: String, _ remaining: Int?) {
                weathers.append(
                    (
                        trial,
                        Town.Fault(
                            service: trial.service, action: trial.act, kind: kind, marks: [], remaining: remaining)
                    ))
            }
            if trial.asksBeforeGivingUp {
                add("drop-reply", nil)
            } else if number % 3 == 0 {
                add("fail", 2)
            } else if number % 3 == 1 {
                add("drop-reply", 1)
            }
            // Every service dies once with its work done, and once before.
            switch crashes[trial.service, default: 0] {
            case 0: add("crash-after-commit", 1)
            case 1: add("crash-before-commit", 1)
            default: break
            }
            crashes[trial.service, default: 0] += 1
        }
        var subjects = try await town.subjects(weathers.count, for: { weathers[$0].trial.workflow })
        for (index, weather) in weathers.enumerated() {
            subjects[index].makeInput(variant: true)
            // One mark alone, or it would strike more than once.
            weathers[index].fault.marks = [mark(of: weather.trial, subjects[index])]
        }
        try await town.offer(subjects.compactMap(\.application))
        try await town.set(weathers.map(\.fault))
        let ids = try await town.start(subjects.map { Town.Start($0.workflow, $0.input) })
        var consents: [SagaValues.UUID: Town.Consent] = [:]
        for id in ids { consents[id] = .approve }
        let given = consents
        let ends = try await withThrowingTaskGroup(
            of: [SagaValues.UUID: Town.Standing]?.self, returning: [SagaValues.UUID: Town.Standing].self
        ) { group in
            group.addTask { try await reviveServices() }
            group.addTask { try await town.settle(ids, consents: given) }
            defer { group.cancelAll() }
            while let ends = try await group.next() { if let ends { return ends } }
            return [:]
        }
        for (index, weather) in weathers.enumerated() {
            try await expect(ends[ids[index]], "completed", ids[index], "\(weather.trial) with \(weather.fault.kind)")
        }
        try await expectArrived(subjects)
        try await town.liftFaults()
    }

    /// Which of a subject's texts the step's command has, as the trial of its refusal has shown.
    private func mark(of trial: Trial, _ subject: Subject) -> String {
        if trial.step == "kept", let mark = subject.kept.first { return mark }
        return switch trial.action {
        case "user.validate": subject.username
        case "app.validate": "\(subject.application ?? subject.user)"
        case "billing.validate-refund", "billing.close-order": "\(subject.order ?? subject.user)"
        case "billing.initiate-refund", "billing.record-refund", "billing.credit-balance":
            "\(subject.payment ?? subject.user)"
        case let action where action.hasPrefix("device.") && !subject.devices.isEmpty && action != "device.list":
            "\(subject.devices[0])"
        default: "\(subject.user)"
        }
    }

    /// Starts services again that have died, until it is cancelled.
    private func reviveServices() async throws -> [SagaValues.UUID: Town.Standing]? {
        while !Task.isCancelled {
            for service in town.platform.services.values where !service.isRunning { try service.start() }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return nil }
        }
        return nil
    }

    // MARK: Those who are not ours

    /// Providers that refuse, lose answers or never call back.
    func outsiders() async throws {
        struct Case {
            let workflow: String
            let action: String
            let kind: String
            let times: Int?
            let tempo: Deployed.Tempo
            let status: String

            /// - Parameter times: nil: until the fault is lifted.
            init(
                _ workflow: String, _ action: String, _ kind: String, times: Int? = nil,
                _ tempo: Deployed.Tempo = .patient, ends status: String
            ) {
                (self.workflow, self.action, self.kind) = (workflow, action, kind)
                (self.times, self.tempo, self.status) = (times, tempo, status)
            }

            var provider: String { workflow == "payment-refund" ? "payment-provider" : "device-provider" }
        }
        let cases = [
            Case("payment-refund", "refund", "reject", ends: "compensated"),
            Case("payment-refund", "refund", "drop-reply", .rude, ends: "compensated"),
            Case("payment-refund", "refund", "fail", times: 2, ends: "completed"),
            Case("device-provision", "device", "reject", ends: "compensated"),
            Case("device-provision", "device", "drop-reply", times: 2, ends: "completed"),
            Case("snapshot-create", "snapshot", "reject", ends: "compensated"),
            Case("device-deletion", "delete", "reject", ends: "compensated"),
            // No answer ever arrives. What was done at the provider is found there, or taken back.
            Case("device-provision", "device", "drop-reply", ends: "completed"),
            Case("device-deletion", "delete", "drop-reply", ends: "completed"),
            Case("snapshot-create", "snapshot", "drop-reply", ends: "compensated"),
            Case("snapshot-create", "snapshot", "drop-reply", times: 2, ends: "completed"),
            Case("snapshot-restore", "snapshot", "drop-reply", ends: "compensated"),
            Case("snapshot-restore", "restore", "drop-reply", times: 2, ends: "completed"),
            Case("snapshot-restore", "restore", "drop-reply", times: 4, ends: "compensated"),
            Case("snapshot-restore", "restore", "drop-reply", ends: "compensated"),
            Case("snapshot-restore", "restore", "reject", ends: "compensated"),
        ]
        var subjects = try await town.subjects(
            cases.count + 1, for: { $0 < cases.count ? cases[$0].workflow : "user-offboarding" })
        for index in subjects.indices { subjects[index].makeInput(variant: true) }
        let before = try await town.footprints(of: subjects)
        var faults = zip(cases, subjects).map { item, subject in
            Town.Fault(
                service: item.provider, action: item.action, kind: item.kind,
                marks: ["\(item.workflow == "payment-refund" ? subject.user : subject.devices[0])"],
                remaining: item.times)
        }
        // One of the devices of somebody who leaves cannot be deleted: the provider protects it.
        let leaver = subjects[cases.count]
        faults.append(
            Town.Fault(
                service: "device-provider", action: "delete", kind: "reject", marks: ["\(leaver.devices[0])"]))
        try await town.set(faults)
        let ids = try await town.start(
            subjects.indices.map { index in
                Town.Start(
                    subjects[index].workflow, subjects[index].input, index < cases.count ? cases[index].tempo : .patient
                )
            })
        let ends = try await town.settle(ids, consents: [ids[cases.count]: .approve])
        let after = try await town.footprints(of: subjects)
        for (index, item) in cases.enumerated() {
            let name = "\(item.workflow) when \(item.provider) has \(item.kind) for \(item.action)"
            try await expect(ends[ids[index]], item.status, ids[index], name)
            guard item.status == "compensated" else { continue }
            try await expectSame(before[index], after[index], ids[index], name)
        }
        #expect(ends[ids[cases.count]] == Town.Standing(status: "running", incidents: 1))
        try await town.liftFaults()
        try await town.retry([ids[cases.count]])
        let end = try await town.settle([ids[cases.count]])
        try await expect(end[ids[cases.count]], "completed", ids[cases.count], "the leaver's saga, retried")
        try await expectArrived(
            cases.indices.filter { cases[$0].status == "completed" }.map { subjects[$0] } + [leaver])
    }
}
