import CloudPhone
import Foundation
import LocalPlatform
import SagaCore
import SagaValues
import TestSupport
import Testing
import Workflows

extension OneAtATime {
    /// All workflows on real servers: as they should go, with every single step refused, and in bad weather.
    @Suite("The workflows of the platform", .serialized)
    struct WorkflowTests {
        /// As in ``KillTests``: repeats the choices of a run that failed.
        private static let seed =
            ProcessInfo.processInfo.environment["SAGA_KILL_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)

        /// One platform for all of it, since to start one takes as long as hundreds of sagas.
        @Test("end as they say: in good weather, refused at any step, with lost answers and services that die")
        func everything() async throws {
            let town = try await Town.open()
            await attempt("goodWeather") { try await Course(town).goodWeather() }
            await attempt("everyStepRefused") { try await Course(town).everyStepRefused() }
            await attempt("renewals") { try await Course(town).renewals() }
            await attempt("badWeather") { try await Course(town).badWeather() }
            await attempt("outsiders") { try await Course(town).outsiders() }
            await attempt("lateWord") { try await Course(town).lateWord() }
            await attempt("kills") { try await Course(town).kills(seed: Self.seed) }
            await attempt("check") { try await town.check("at the end") }
            await town.close()
        }

        /// What fails in one course does not keep the others from being run.
        private func attempt(_ course: String, _ run: () async throws -> Void) async {
            let begun = ContinuousClock.now
            do { try await run() } catch { Issue.record("\(course): \(error)") }
            print("\(course) took \(begun.duration(to: .now))")
        }
    }
}

/// What is done with the town.
struct Course: Sendable {
    let town: Town

    init(_ town: Town) {
        self.town = town
    }

    /// Everything but renewals, which a single saga sees to for all users, and so have a course of their own.
    var trials: [Trial] {
        town.deployed.workflows.map(\.plan).filter { $0.workflow != "plan-renewal" }.flatMap(Trial.all)
    }

    // MARK: Good weather

    func goodWeather() async throws {
        // Both ways of those that have two.
        let names = town.deployed.workflows.map(\.plan.workflow).filter { $0 != "plan-renewal" }.flatMap { [$0, $0] }
        // Whom nobody agrees to let go.
        let refused = names.count
        let all = names + ["user-offboarding", "user-offboarding"]
        var subjects = try await town.subjects(all.count, for: { all[$0] })
        for index in subjects.indices { subjects[index].makeInput(variant: index % 2 == 0) }
        try await town.offer(subjects.compactMap(\.application))

        let before = try await town.footprints(of: subjects)
        let ids = try await town.start(
            subjects.indices.map { index in
                Town.Start(all[index], subjects[index].input, index == refused + 1 ? .rude : .patient)
            })
        var consents: [SagaValues.UUID: Town.Consent] = [:]
        for index in subjects.indices {
            consents[ids[index]] = index < refused ? .approve : index == refused ? .refuse : Town.Consent.none
        }
        let ends = try await town.settle(ids, consents: consents)
        for index in subjects.indices {
            let expected = index < refused ? "completed" : "compensated"
            try await expect(ends[ids[index]], expected, ids[index], "\(all[index]) in good weather")
        }
        try await expectArrived(Array(subjects[..<refused]))
        let after = try await town.footprints(of: subjects)
        for index in refused..<subjects.count {
            #expect(after[index] == before[index], "nobody agreed, and \(all[index]) left something behind")
        }
        try await town.check("in good weather")
    }

    // MARK: Every step refused

    func everyStepRefused() async throws {
        let trials = trials
        try #require(trials.count >= 60, "the plans have \(trials.count) steps")
        var subjects = try await town.subjects(trials.count, for: { trials[$0].workflow })
        for (index, trial) in trials.enumerated() {
            // With a proxy, and an installation in the way that the step belongs to.
            subjects[index].makeInput(variant: isTogether(trial) ?? true)
        }
        try await town.offer(subjects.compactMap(\.application))
        let before = try await town.footprints(of: subjects)
        try await town.set(
            zip(trials, subjects).map { trial, subject in
                Town.Fault(
                    service: trial.service, action: trial.act, kind: "reject", marks: marks(of: trial, subject))
            })
        let ids = try await town.start(subjects.map { Town.Start($0.workflow, $0.input) })
        var consents: [SagaValues.UUID: Town.Consent] = [:]
        for id in ids { consents[id] = .approve }
        let first = try await town.settle(ids, consents: consents)

        for (index, trial) in trials.enumerated() {
            let standing = first[ids[index]]
            switch trial.end {
            case .compensated: try await expect(standing, "compensated", ids[index], "\(trial) refused")
            case .incident:
                if standing?.status != "running" || standing?.incidents != 1 {
                    Issue.record("\(trial) refused: \(standing as Any)\n\(try await town.story(of: ids[index]))")
                }
            case .passedOver, .itemCompensated:
                try await expect(standing, "completed", ids[index], "\(trial) refused")
            }
        }
        let struck = try await strikes(of: trials, ids)
        for (trial, isStruck) in zip(trials, struck) { #expect(isStruck, "\(trial) was not refused") }
        let after = try await town.footprints(of: subjects)
        for (index, trial) in trials.enumerated() where trial.end == .compensated {
            try await expectSame(before[index], after[index], ids[index], "\(trial) refused")
        }
        try await expectItemsUndone(trials, subjects)
        try await town.check("with every step refused")

        // What was refused behind the point of no return goes on once its cause is mended.
        try await town.liftFaults()
        let held = trials.indices.filter { trials[$0].end == .incident }
        try await town.retry(held.map { ids[$0] })
        let second = try await town.settle(held.map { ids[$0] })
        for index in held {
            try await expect(second[ids[index]], "completed", ids[index], "\(trials[index]) retried")
        }
        try await expectArrived(
            trials.indices.filter { [.incident, .passedOver].contains(trials[$0].end) }.map { subjects[$0] })
    }

    /// Whether an installation is one of all devices or none; nil where that is no matter.
    private func isTogether(_ trial: Trial) -> Bool? {
        guard trial.workflow == "app-installation" else { return nil }
        return trial.list == "together"
    }

    /// Of a list, the item in the middle.
    private func marks(of trial: Trial, _ subject: Subject) -> [String] {
        if trial.step == "kept" { return subject.kept }
        return trial.list == nil ? subject.marks : ["\(subject.devices[1])"]
    }

    /// Whether the history of each says that its step was refused by the fault.
    private func strikes(of trials: [Trial], _ ids: [SagaValues.UUID]) async throws -> [Bool] {
        let questions = zip(trials, ids).map { trial, id in
            """
            SELECT EXISTS (SELECT FROM saga_history h WHERE h.kind = 'rejected' AND h.step = '\(trial.step)'
                AND h.data LIKE '%fault-injected%' AND (h.saga_id = '\(id)' OR h.saga_id IN (
                    SELECT o.id FROM saga_origins o WHERE o.parent_id = '\(id)')))
            """
        }
        return try await town.answers(questions, in: LocalPlatform.Database.saga).map { $0 == "true" }
    }

    private func expectItemsUndone(_ trials: [Trial], _ subjects: [Subject]) async throws {
        let undone = trials.indices.filter { trials[$0].end == .itemCompensated }
        let installed = try await town.answers(
            undone.map { index in
                """
                SELECT string_agg(status, ' ') FROM device_applications
                WHERE application_id = '\(subjects[index].application ?? subjects[index].user)'
                """
            }, in: LocalPlatform.Database.core)
        for (index, installed) in zip(undone, installed) {
            #expect(installed == "installed installed", "\(trials[index]) refused on one of three devices")
        }
    }

    // MARK: What is expected

    func expect(_ standing: Town.Standing?, _ status: String, _ id: SagaValues.UUID, _ what: String) async throws {
        guard standing != Town.Standing(status: status, incidents: 0) else { return }
        Issue.record("\(what): \(standing as Any), not \(status)\n\(try await town.story(of: id))")
    }

    /// Expects an undone saga to have left the books as they were.
    func expectSame(_ before: String, _ after: String, _ id: SagaValues.UUID, _ what: String) async throws {
        guard before != after else { return }
        Issue.record(
            "\(what), and something is left. Before:\n\(before)\nAfter:\n\(after)\n\(try await town.story(of: id))")
    }

    /// What is for another service to do, by event, may come a moment after the end.
    func expectArrived(_ subjects: [Subject]) async throws {
        try await town.rest()
        for subject in try await town.notArrived(subjects) {
            Issue.record(
                "\(subject.workflow) has completed, and not all is there: \(try await town.footprints(of: [subject]))")
        }
    }
}
