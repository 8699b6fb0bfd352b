import SagaCore
import SagaValues
import Testing

@testable import Diagrams

@Suite("The state of a saga in a drawing")
struct SagaTests {
    private func state(_ name: String, _ diagram: Diagram) -> Diagram.State? {
        diagram.nodes.first { $0.name == name }?.state
    }

    private func undo(_ diagram: Diagram) -> [String] {
        diagram.edges.filter { $0.kind == .undo }.map { edge in
            [edge.from, edge.to].map { diagram.nodes[$0].kind == .join ? "join" : diagram.nodes[$0].name }
                .joined(separator: " ")
        }
    }

    @Test("is drawn for every phase, with a symbol of its own for every state")
    func phases() {
        let waiting: [SagaEvent] = [
            .done(0), .done(1), .decided(step: 2, .skip), .done(3), .decided(step: 4, .chosen(0)), .done(5),
            .decided(step: 6, .items(3)), .done(6, item: 0), .refused(6, item: 1), .done(6, item: 2),
        ]
        var saga = Saga(.everything)
        for event in waiting { _ = saga.handle(event, at: .zero, plan: .everything) }
        let diagram = Diagram(.everything, saga: saga)
        #expect(state("check", diagram) == .done)
        #expect(state("proxy", diagram) == .skipped)
        #expect(state("pause", diagram) == .waiting)
        #expect(state("hand-over", diagram) == .notReached)
        #expect(state("transfer", diagram) == nil, "the items' steps are other sagas'")
        #expect(diagram.nodes.first { $0.name == "install" }?.progress == "2 of 3 done, 1 failed")
        #expect(Set(Diagram.State.allCases.map(\.symbol)).count == Diagram.State.allCases.count)
        #expect(undo(diagram).isEmpty)
    }

    @Test("needs a person wherever an incident is open")
    func held() {
        var saga = Saga(.purchase, .returned(step: 0, direction: .do))
        #expect(state("order", Diagram(.purchase, saga: saga)) == .held)
        saga = Saga(.purchase, .done(0), .done(1))
        while let due = saga.nextDue { _ = saga.handle(.timerFired, at: due, plan: .purchase) }
        #expect(state("activate", Diagram(.purchase, saga: saga)) == .held)
    }

    @Test("has the way back, from where it failed over all that is undone or will be")
    func wayBack() {
        let saga = Saga(.purchase, .done(0), .done(1), .refused(2))
        let diagram = Diagram(.purchase, saga: saga)
        #expect(undo(diagram) == ["activate charge", "charge order"])
        #expect(state("activate", diagram) == .failed)
        #expect(state("charge", diagram) == .undoing)
        #expect(diagram.subtitle?.hasSuffix("compensating: rejected at activate") == true)
    }

    @Test("leads the way back of a parallel over its two ends")
    func parallel() {
        let saga = Saga(
            .everything, .done(0), .done(1), .decided(step: 2, .proceed), .done(2), .done(3),
            .decided(step: 4, .chosen(0)), .refused(5))
        #expect(
            undo(Diagram(.everything, saga: saga)) == [
                "route proxy", "join ports", "ports resources", "join route", "proxy resources", "cloud join",
            ])
    }

    @Test("says that the point of no return is passed")
    func passed() {
        func bar(_ saga: Saga?) -> String? {
            Diagram(.purchase, saga: saga).nodes.first { $0.kind == .noReturn }?.name
        }
        #expect(bar(nil) == "point of no return")
        #expect(bar(Saga(.purchase, .done(0), .done(1))) == "point of no return")
        #expect(bar(Saga(.purchase, .done(0), .done(1), .done(2))) == "point of no return, passed")
    }

    @Test("a plan says all that its steps are")
    func plan() throws {
        let diagram = Diagram(.everything)
        func details(_ name: String) -> [String] { diagram.nodes.first { $0.name == name }?.details ?? [] }
        #expect(details("ports") == ["device.allocate-ports", "undo: device.release-ports"])
        #expect(details("proxy").last == "when input.wantsProxy")
        #expect(details("paid") == ["on payment.done", "on payment.failed: fails, not-paid", "at most 1d"])
        #expect(details("consent") == ["approval by finance"])
        #expect(diagram.groups.map(\.title) == ["each app: 10 at once, a failing one undoes itself"])
        #expect(diagram.edges.compactMap(\.label) == ["input.provider == 'aliyun' && input.size < 4", "else"])
        let inside = diagram.nodes.filter { $0.group == 0 }.map(\.name)
        #expect(inside == ["install", "transfer", "mark", "point of no return"])
        #expect(diagram.nodes.first { $0.name == "route" }?.marks == [.skippable])
    }

    @Test("long texts are cut or broken, and wide letters counted")
    func texts() {
        #expect(Label.shortened("abcdef", to: 4) == "abc…")
        #expect(Label.shortened("余额不足", to: 5) == "余额…")
        #expect(Label.wrapped("one-long-name-of-a-step", to: 12, lines: 2) == ["one-long-", "name-of-a-s…"])
        #expect(Label.wrapped("", to: 5, lines: 2) == [""])
        #expect(Label.clean("a\r\n\tb\u{0}\u{202E}") == "a b\u{FFFD}\u{FFFD}")
        for text in RandomPlan.texts {
            for line in Label.wrapped(Label.clean(text), to: 9, lines: 3) { #expect(Label.columns(line) <= 9) }
        }
    }
}
