import SagaValues
import Testing

@testable import SagaCore

@Suite("Folding a history")
struct FoldTests {
    @Test("gives the state and the effects of any run", arguments: 0..<100 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var run = RandomRun(seed: seed)
        var folded = Saga(id: run.saga.id, plan: run.plan, at: run.now)
        var history: [HistoryEntry] = []
        for _ in 0..<60 {
            let (event, transition) = run.next()
            guard transition.isApplied else { continue }
            let entry = HistoryEntry(
                event, revision: run.saga.revision, at: run.now, data: event.data, plan: run.plan)
            history.append(entry)
            #expect(try entry.event(plan: run.plan) == event)
            #expect(try folded.apply(entry, plan: run.plan) == transition.effects)
            #expect(folded == run.saga)
            #expect(run.saga.decoded(run.plan) == run.saga)
        }
        #expect(try Saga(folding: history, id: run.saga.id, plan: run.plan) == run.saga)
    }

    @Test("the random runs reach every status and every phase")
    func coverage() {
        var statuses: Set<Saga.Status> = []
        var phases: Set<StepState.Phase> = []
        var causes: Set<Incident.Cause> = []
        var rulings: Set<StepState.Ruling> = []
        var isPausedOnce = false
        for seed in UInt64(0)..<200 {
            var run = RandomRun(seed: seed)
            for _ in 0..<60 {
                _ = run.next()
                statuses.insert(run.saga.status)
                phases.formUnion(run.saga.steps.map(\.phase))
                causes.formUnion(run.saga.steps.compactMap(\.incident?.cause))
                rulings.formUnion(run.saga.steps.compactMap(\.ruling))
                isPausedOnce = isPausedOnce || run.saga.isPaused
            }
        }
        #expect(statuses == Set(Saga.Status.allCases))
        #expect(rulings == Set(StepState.Ruling.allCases))
        #expect(isPausedOnce)
        #expect(phases == Set(StepState.Phase.allCases))
        #expect(causes == Set(Incident.Cause.allCases))
    }

    private let plan = Plan(.sequence(.undoable, .undoable))

    private func row(
        _ revision: Int, _ kind: HistoryEntry.Kind, step: String? = nil, direction: Direction? = nil,
        data: String = ""
    ) -> HistoryEntry {
        HistoryEntry(
            revision: revision, at: .zero, kind: kind, step: step, direction: direction, data: Array(data.utf8))
    }

    private func refusal(_ rows: HistoryEntry...) -> HistoryError? {
        do throws(HistoryError) {
            _ = try Saga(folding: rows, id: .test, plan: plan)
            return nil
        } catch {
            return error
        }
    }

    @Test("a history without gaps is taken")
    func taken() {
        #expect(refusal(row(1, .started), row(2, .done, step: "a", direction: .do)) == nil)
    }

    @Test("a history that starts late, has a gap, or repeats a row is refused")
    func gaps() {
        #expect(refusal()?.revision == 0)
        #expect(refusal(row(2, .started))?.revision == 2)
        #expect(refusal(row(0, .started))?.revision == 0)
        #expect(refusal(row(1, .started), row(3, .done, step: "a", direction: .do))?.revision == 3)
        #expect(refusal(row(1, .started), row(1, .started))?.revision == 1)
        #expect(refusal(row(1, .started), row(-1, .done, step: "a", direction: .do))?.revision == -1)
    }

    @Test("a row that records what the machine would have ignored is refused")
    func ignored() {
        #expect(refusal(row(1, .started), row(2, .done, step: "b", direction: .do))?.revision == 2)
        #expect(refusal(row(1, .started), row(2, .timer))?.message.contains("early") == true)
    }

    @Test("a row that does not fit the plan is refused")
    func misfits() {
        #expect(refusal(row(1, .started), row(2, .done, step: "z", direction: .do))?.revision == 2)
        #expect(refusal(row(1, .started), row(2, .done, direction: .do))?.revision == 2)
        #expect(refusal(row(1, .started), row(2, .done, step: "a"))?.revision == 2)
        #expect(refusal(row(1, .started), row(2, .returned, step: "a"))?.revision == 2)
        #expect(refusal(row(1, .started), row(2, .retryRequested))?.revision == 2)
        #expect(HistoryError(revision: 7, message: "is torn").description == "history row 7: is torn")
    }

    @Test("a step is found by the bytes of its name, not by what Unicode calls equal")
    func names() {
        let plan = Plan(
            workflow: "test", version: 1, root: .step(0), steps: [Step(name: "e\u{301}", action: "t.a")])
        #expect(plan.stepIndex(named: "e\u{301}") == 0)
        #expect(plan.stepIndex(named: "\u{E9}") == nil)
    }

    @Test("every kind of event is told apart by its row", arguments: Column.allCases)
    func kinds(column: Column) throws {
        let event = column.event(step: 1, attempt: 4)
        let entry = HistoryEntry(event, revision: 9, at: .zero, data: event.data, plan: plan)
        #expect(try entry.event(plan: plan) == event)
        #expect(entry.revision == 9)
    }

    @Test(
        "a body that says nothing still gives an error one can read",
        arguments: ["", "{", "[]", "null", "{}", #"{"code":1}"#])
    func unreadableErrors(body: String) {
        let error = StepError(body: Array(body.utf8))
        #expect(error.code == "unspecified")
        #expect(!error.message.isEmpty)
        #expect(StepError.retryAfter(in: Array(body.utf8)) == nil)
    }

    @Test("an error's body gives the error again")
    func errorBody() {
        for error in [StepError.no, StepError(code: "\"\\\n", message: "余额不足\0\u{1F680}")] {
            #expect(StepError(body: error.body) == error)
        }
    }

    @Test(
        "the pause that a participant asks for is in seconds, up to a day",
        arguments: [
            ("0", .zero), ("1", .seconds(1)), ("3e1", .seconds(30)), ("1.5", .milliseconds(1500)),
            ("0.0000004", .zero), ("86400", .seconds(86_400)), ("86401", .seconds(86_400)),
            ("9223372036854775808", .seconds(86_400)), ("1e999", .seconds(86_400)), ("-1", nil), (#""30""#, nil),
            ("null", nil), ("[1]", nil),
        ] as [(String, Duration?)]
    )
    func retryAfter(text: String, pause: Duration?) {
        #expect(StepError.retryAfter(in: Array(#"{"retryAfter":\#(text)}"#.utf8)) == pause)
    }
}
