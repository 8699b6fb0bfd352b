import CloudPhone
import LocalPlatform
import SagaCore
import SagaValues
import TestSupport
import Testing
import Workflows

extension Course {
    /// All workflows while the orchestrator and the services are killed with -9, at moments that chance chooses.
    func kills(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var victims =
            town.platform.orchestrators + town.platform.orchestrators
            + CloudPhoneService.allCases.compactMap { town.platform.services[$0] }
        victims.shuffle(using: &random)
        let names = town.deployed.workflows.map(\.plan.workflow).filter { $0 != "plan-renewal" }
        let count = victims.count * 6
        var subjects = try await town.subjects(count, for: { names[$0 % names.count] })
        for index in subjects.indices { subjects[index].makeInput(variant: Bool.random(using: &random)) }
        try await town.offer(subjects.compactMap(\.application))

        // Before each kill a share is started, so that there is always something in flight.
        var ids: [SagaValues.UUID] = []
        for (number, victim) in victims.enumerated() {
            let share = subjects[count * number / victims.count..<count * (number + 1) / victims.count]
            ids += try await town.start(share.map { Town.Start($0.workflow, $0.input) })
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...800, using: &random)))
            try #require(victim.isRunning, "\(victim.name) has ended by itself, seed \(seed)")
            await victim.kill()
            try victim.start()
        }
        var consents: [SagaValues.UUID: Town.Consent] = [:]
        for id in ids { consents[id] = .approve }
        let ends = try await town.settle(ids, consents: consents)
        for (id, subject) in zip(ids, subjects) {
            try await expect(ends[id], "completed", id, "\(subject.workflow) while processes are killed, seed \(seed)")
        }
        try await expectArrived(subjects)
    }
}
