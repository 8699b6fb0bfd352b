import Scenarios
import Testing

/// A reply to one step of an errand, and what the errand comes to with it.
struct AnswerCase: Sendable, CustomStringConvertible {
    let what: String
    let replies: String
    let expect: String

    init(_ what: String, _ replies: String, _ expect: String) {
        self.what = what
        self.replies = replies
        self.expect = expect
    }

    var description: String { what }

    static let all = [
        AnswerCase("done", "shop.order: { done: { number: 7 } }", "{ ending: completed, output: { number: 7 } }"),
        AnswerCase(
            "rejected", "shop.look: { rejected: closed }",
            "{ ending: compensated, failure: closed, commands: [do look] }"),
        AnswerCase(
            "retry, then done", "shop.look: [retry, done]",
            "{ ending: completed, commands: [do look x2, do order, do parcel, do pay, do file, emit tell] }"),
        AnswerCase(
            "retry with a pause", "bank.pay: [{ retry: 20m }, done]", "{ ending: completed, takes: { atLeast: 20m } }"),
        AnswerCase("working", "shop.look: [working, done]", "{ ending: completed, takes: { atLeast: 30s } }"),
        AnswerCase(
            "at it for long", "shop.look: { done: , working: 10s, after: 45s }",
            "{ ending: completed, takes: { atLeast: 2m, atMost: 2m } }"),
        AnswerCase(
            "silence", "shop.order: silence",
            "{ ending: compensated, failure: { kind: unknown, step: order }, commands: [do look, do order x3, undo order], takes: { atLeast: 93s, atMost: 93s } }"
        ),
        AnswerCase(
            "unknown", "shop.order: unknown",
            "{ ending: compensated, failure: { kind: unknown, step: order, code: answer-lost }, commands: [do look, do order x3, undo order], takes: { atLeast: 3s, atMost: 3s } }"
        ),
        AnswerCase(
            "unknown with a pause, then done", "bank.pay: [{ unknown: 20m }, done]",
            "{ ending: completed, takes: { atLeast: 20m } }"),
        AnswerCase(
            "unknown, then retry, which settles nothing", "{ bank.pay: [unknown, retry], probe bank.pay: done }",
            "{ ending: completed }"),
        AnswerCase(
            "unknown to an undo, which is tried again",
            "shop.cancel: [unknown, unknown, done]",
            "{ ending: compensated, failure: expired, commands: [do look, do order, undo order x3] }"),
        AnswerCase(
            "unknown to a probe, which is asked again", "{ bank.pay: silence, probe bank.pay: [unknown, done] }",
            "{ ending: completed }"),
        AnswerCase(
            "late, between two attempts", "shop.order: [{ done: { number: 7 }, after: 30500ms }, silence]",
            "{ ending: completed, output: { number: 7 } }"),
        AnswerCase(
            "late, when the saga has gone back", "shop.order: [{ done: { number: 7 }, after: 10m }, silence]",
            "{ ending: compensated }"),
        AnswerCase("twice", "shop.order: { done: { number: 7 }, twice: true }", "{ ending: completed }"),
        AnswerCase(
            "no queue", "office.file: [returned, returned, done]",
            "{ ending: completed, incidents: [file unroutable], takes: { atLeast: 10s } }"),
        AnswerCase("a probe that finds it", "{ bank.pay: silence, probe bank.pay: done }", "{ ending: completed }"),
        AnswerCase(
            "a child that is refused", "run parcel-sending: { rejected: too-heavy }",
            "{ ending: compensated, failure: { code: too-heavy, step: parcel } }"),
        AnswerCase(
            "a child that is undone", "bank.pay: { rejected: broke }",
            "{ ending: compensated, commands: [do look, do order, do parcel, do pay, undo parcel, undo order] }"),
        AnswerCase(
            "a child that cannot be undone",
            "{ bank.pay: { rejected: broke }, compensate parcel-sending: { rejected: gone } }",
            "{ ending: held, incidents: [parcel undo-failed], steps: { order: done } }"),
        AnswerCase("by the name of the step", "pay: { rejected: broke }", "{ ending: compensated, failure: broke }"),
    ]
}

@Suite("Answers and what happens")
struct AnswerTests {
    @Test("Each kind of answer is given as it is written, and survives a crash at any time", arguments: AnswerCase.all)
    func answers(_ answer: AnswerCase) throws {
        let replies = answer.replies.hasPrefix("{") ? answer.replies : "{ \(answer.replies) }"
        // Not every errand gets as far as the desk.
        let goes =
            !["compensated", "held"].contains { answer.expect.contains("ending: \($0)") }
            || answer.what.contains("child") || answer.what.contains("name")
        let scenario = """
                happens:
            \(goes ? goodDay : "      - { at: 50m, crash: true }")
                replies: \(replies)
                expect: \(answer.expect)
            """
        let calm = try outcome(scenario)
        #expect(calm.hasPassed, "\(calm)")
        for crashes in [Scenario.Crashes.beforeSending, .afterSending] {
            expectSame(calm, try outcome(scenario, crashes))
        }
    }

    @Test("A consent, a refusal, an event, a retry, a wish to undo and a crash happen when they are said to")
    func happenings() throws {
        for scenario in [
            "    happens:\n\(goodDay)\n    expect: { ending: completed, events: [{ errand.finished: { number: 7 } }] }",
            "    happens:\n\(goodDay.replacing("approve:", with: "refuse:"))\n    expect: { ending: compensated, failure: refused }",
            "    expect: { ending: compensated, failure: { code: expired, step: called }, takes: { atLeast: 30m, atMost: 30m } }",
            "    happens: [{ at: 1m, compensate: no }]\n    expect: { ending: compensated, failure: { kind: cancelled } }",
            "    happens:\n\(goodDay)\n      - { at: 61m, retry: file }\n    replies: { office.file: [{ rejected: full }, done] }\n"
                + "    expect: { ending: completed, incidents: [file rejected], overdue: true, takes: { atLeast: 1h } }",
            "    happens:\n\(goodDay)\n      - { upon: do pay, crash: true }\n    expect: { ending: completed, events: [errand.finished] }",
            "    queued: 2m\n    happens:\n\(goodDay.replacing("2m", with: "5m"))\n    expect: { ending: completed, takes: 5m }",
            "    until: 10m\n    expect: { ending: waiting, steps: { called: listening }, takes: 0s }",
        ] {
            let outcome = try outcome(scenario)
            #expect(outcome.hasPassed, "\(outcome)")
        }
    }

    @Test("Items run as sagas of their own, two at a time, and one that fails is undone alone")
    func itemsAlone() throws {
        let outcome = try outcome(
            """
                replies: { "each-room[1].check": { rejected: mould } }
                expect:
                  ending: completed
                  commands:
                    - do start
                    - do each-room[0].clean: { room: a }
                    - do each-room[1].clean: { room: b }
                    - do each-room[0].check
                    - do each-room[1].check
                    - undo each-room[1].clean
                    - do each-room[2].clean: { room: c }
                    - do each-room[2].check
                    - do finish: { done: 2 }
                  steps: { "each-room[1]": compensated, "each-room[1].clean": undone }
            """, of: rounds(onFailure: "undo-item"))
        #expect(outcome.hasPassed, "\(outcome)")
    }

    @Test("Of all or none the items that are done are undone too, and one that has not begun never does")
    func itemsTogether() throws {
        let outcome = try outcome(
            """
                replies: { "each-room[1].check": { rejected: mould, after: 1m }, "each-room[2].clean": { done: , after: 1h } }
                expect:
                  ending: compensated
                  failure: { code: mould, step: each-room }
                  steps:
                    each-room[0]: compensated
                    each-room[0].check: undone
                    each-room[1].clean: undone
                    each-room[2].clean: undone
                    start: undone
            """, of: rounds(onFailure: "undo-all"))
        #expect(outcome.hasPassed, "\(outcome)")
    }
}
