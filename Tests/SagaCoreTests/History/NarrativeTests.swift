import SagaValues
import Testing

@testable import SagaCore

@Suite("Telling a history")
struct NarrativeTests {
    @Test("each row is told with what followed at once")
    func effects() throws {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        run.undone("a")
        let told = try Narrative.tell(run.history, id: .test, plan: run.plan)
        #expect(told.map(\.entry) == run.history)
        #expect(
            told.map { Transition.applied($0.effects).text(run.plan) } == ["do a", "do b", "undo a", "compensated"])
        #expect(told.map(\.settled) == [[], [0], [1], [0]])
        #expect(told.map(\.status) == [.running, .running, .compensating, .compensated])
        #expect(try Narrative.tell([], id: .test, plan: run.plan).isEmpty)
    }

    @Test("a timer is told by what it was set for, and a pause by how long it takes")
    func timers() throws {
        var run = Run(.sequence(.undoable(.probe), .undoable), deadline: .seconds(60))
        run.start()
        run.due()
        run.due()
        run.due()
        run.due()
        run.due()
        let told = try Narrative.tell(run.history, id: .test, plan: run.plan)
        #expect(
            told.map(\.due) == [
                [], [.reply(step: 0, .do, timeout: .seconds(10))], [.pause(step: 0, .do)],
                [.reply(step: 0, .do, timeout: .seconds(10))], [.reply(step: 0, .probe, timeout: .seconds(10))],
                [.pause(step: 0, .probe)],
            ])
        let first = Narrative.Planned(step: 0, direction: .do, after: .seconds(1))
        let second = Narrative.Planned(step: 0, direction: .probe, after: .seconds(1))
        #expect(told.map(\.planned) == [[], [first], [], [], [second], []])
        run.now = try #require(run.saga.deadline)
        run.handle(.timerFired)
        let last = try #require(try Narrative.tell(run.history, id: .test, plan: run.plan).last)
        #expect(last.due == [.deadline, .reply(step: 0, .probe, timeout: .seconds(10))])
    }

    @Test("a command that nobody takes is put off, and offered again")
    func unroutable() throws {
        var run = Run(.undoable)
        run.start()
        run.returned(.do, "a")
        run.due()
        let told = try Narrative.tell(run.history, id: .test, plan: run.plan)
        #expect(told[1].planned == [Narrative.Planned(step: 0, direction: .do, after: .seconds(5))])
        #expect(told[2].due == [.offer(step: 0, .do)])
    }

    @Test("a probe is told by how often was asked, not by the number of the attempt")
    func askings() throws {
        var run = Run(.undoable(.probe))
        run.start()
        run.due()
        run.due()
        #expect(run.due() == "probe a #3")
        run.due()
        #expect(run.due() == "probe a #4")
        let told = try Narrative.tell(run.history, id: .test, plan: run.plan)
        #expect(told.map(\.askings) == [[:], [:], [:], [0: 1], [:], [0: 2]])
        let timing = Narrative.timings(told, plan: run.plan)[0]
        #expect([timing.attempts, timing.probes] == [2, 2])
    }

    @Test("a step's time runs from its first command until it is settled")
    func timings() throws {
        var run = Run(.sequence(.undoable, .undoable, .undoable), attempts: 2)
        func told(_ step: Int) throws -> StepTiming {
            Narrative.timings(try Narrative.tell(run.history, id: .test, plan: run.plan), plan: run.plan)[step]
        }
        run.start()
        let start = run.now
        run.now += .seconds(1)
        run.working("a")
        #expect(try told(0).endedAt == nil)
        run.retry("a")
        #expect(try told(0).endedAt == nil)
        run.due()
        run.now += .seconds(1)
        run.done("a")
        #expect(try told(0) == timing(from: start, to: run.now, attempts: 2))
        #expect(try told(2) == StepTiming())

        let second = run.now
        run.due()
        run.due()
        run.due()
        #expect(run["b"].phase == .undoing)
        #expect(try told(1) == timing(from: second, to: nil, attempts: 2, undoAttempts: 1))
        run.undone("b")
        #expect(try told(1) == timing(from: second, to: run.now, attempts: 2, undoAttempts: 1))
        #expect(try told(0) == timing(from: start, to: nil, attempts: 2, undoAttempts: 1))
    }

    @Test("a step that is given up when its time is out has ended then")
    func givenUp() throws {
        var run = Run(.sequence(.optional, .undoable), attempts: 1)
        run.start()
        let start = run.now
        run.due()
        let told = try Narrative.tell(run.history, id: .test, plan: run.plan)
        #expect(Narrative.timings(told, plan: run.plan)[0] == timing(from: start, to: run.now, attempts: 1))
    }

    private func timing(
        from start: Timestamp, to end: Timestamp?, attempts: Int, undoAttempts: Int = 0
    ) -> StepTiming {
        var timing = StepTiming()
        timing.startedAt = start
        timing.endedAt = end
        timing.attempts = attempts
        timing.undoAttempts = undoAttempts
        return timing
    }
}

@Suite("What a saga waits for")
struct WaitTests {
    private func waits(of run: Run) -> [Wait] { run.saga.waits(run.plan) }

    private func waits(_ situation: Situation, _ phase: StepState.Phase) -> [Wait] {
        waits(of: situation.reach(phase)).filter { $0.step == nil || $0.step == situation.step }
    }

    @Test("is told for every phase, and never nothing unless it has ended")
    func everyPhase() {
        for grid in Grid.all {
            for phase in grid.phases {
                let run = grid.situation.reach(phase)
                #expect(waits(of: run).isEmpty == run.saga.status.isTerminal, "\(grid.situation), \(phase)")
                for wait in waits(of: run) {
                    // While it is paused no time counts.
                    let due = run.saga.isPaused ? nil : wait.step.flatMap { run.saga.steps[$0].due }
                    #expect(wait.until == due)
                }
            }
        }
    }

    @Test("is a reply, the next attempt, a participant, a person or a turn")
    func reasons() throws {
        #expect(waits(.queued, .waiting).map(\.reason) == [.locks])
        #expect(waits(.beforePivot, .doing).map(\.reason) == [.reply(.do, attempt: 1)])
        #expect(waits(.beforePivot, .retrying).map(\.reason) == [.nextAttempt(.do, after: 1)])
        #expect(waits(.beforePivot, .probing).map(\.reason) == [.reply(.probe, attempt: 1)])
        #expect(waits(.beforePivot, .reprobing).map(\.reason) == [.nextAttempt(.probe, after: 1)])
        #expect(waits(.beforePivot, .undoing).map(\.reason) == [.reply(.undo, attempt: 1)])
        #expect(waits(.beforePivot, .reundoing).map(\.reason) == [.nextAttempt(.undo, after: 1)])
        #expect(waits(.beforePivot, .done).isEmpty)

        let held = Situation.beforePivot.reach(.held)
        let incident = try #require(held["b"].incident)
        #expect(waits(of: held).contains { $0.reason == .person(incident) && $0.until == nil })

        var run = Run(.undoable)
        run.start()
        run.returned(.do, "a")
        #expect(waits(of: run) == [Wait(step: 0, reason: .participant(.do), until: run.now + .seconds(5))])
    }
}
