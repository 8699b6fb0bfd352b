import Postgres
import SagaValues
import SagaWire
import Testing

@testable import ParticipantKit

@Suite("The barrier")
struct BarrierTests {
    private let saga = UUID.v7()
    private let done = #"done {"number":42,"item":"cup"}"#

    @Test("A second do runs nothing and gets the stored reply")
    func duplicateDo() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == done)
        #expect(await runner.answer(try shop.command("make", saga: saga, attempt: 2)).line == done)
        #expect(shop.runCount("make") == 1)
        #expect(try await shop.effects() == ["make cup"])
    }

    @Test("Steps, iterations and sagas have barriers of their own")
    func separateKeys() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("make", saga: saga))
        _ = await runner.answer(try shop.command("make", saga: saga, step: "two"))
        _ = await runner.answer(try shop.command("make", saga: .v7()))
        #expect(try await shop.effects().count == 3)
    }

    @Test("An undo without its do runs nothing, is done, and leaves a tombstone that refuses the do")
    func nullCompensation() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        let undo: JSON = ["input": ["item": "cup"]]
        #expect(await runner.answer(try shop.command("unmake", .undo, saga: saga, undo)).line == "done {}")
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == "rejected \(KitCode.compensated)")
        #expect(await runner.answer(try shop.command("unmake", .undo, saga: saga, undo)).line == "done {}")
        #expect(shop.runs.isEmpty)
        #expect(try await shop.effects().isEmpty)
    }

    @Test("An undo reverses its do once, however often it comes")
    func undo() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("make", saga: saga))
        let undo: JSON = ["input": ["item": "cup"], "output": ["number": 42, "item": "cup"]]
        for _ in 1...3 {
            #expect(await runner.answer(try shop.command("unmake", .undo, saga: saga, undo)).line == "done {}")
        }
        #expect(try await shop.effects() == ["make cup", "unmake cup 42"])
        // The do comes once more: it is told what it was told then, and does nothing.
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == done)
        #expect(try await shop.effects().count == 2)
    }

    @Test("An undo that does not know the output gets it from the barrier", arguments: [JSON?.none, .some(.null)])
    func undoWithoutOutput(output: JSON?) async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("make", saga: saga))
        var body: JSON.Object = ["input": ["item": "cup"]]
        body["output"] = output
        #expect(await runner.answer(try shop.command("unmake", .undo, saga: saga, .object(body))).line == "done {}")
        #expect(try await shop.effects() == ["make cup", "unmake cup 42"])
    }

    @Test("A refusal rolls the business change back and holds for duplicates")
    func rejection() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        for attempt in 1...3 {
            let answer = await runner.answer(try shop.command("fail", saga: saga, attempt: attempt, ["how": "reject"]))
            guard case .reply(.rejected(let error)) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(error.code == "too-dear" && error.message == "it costs too much")
            #expect(error.details == ["limit": "10.00"])
        }
        #expect(shop.runCount("fail") == 1)
        #expect(try await shop.effects().isEmpty)
        #expect(try await shop.count("SELECT count(*) FROM saga_outbox") == 0)
    }

    @Test("The undo of a refused do runs nothing, is done, and nothing can be done afterwards")
    func undoOfRejected() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("fail", saga: saga, ["how": "reject"]))
        let undo = try shop.command("unmake", .undo, saga: saga, ["input": ["how": "reject"]])
        #expect(await runner.answer(undo).line == "done {}")
        let again = try shop.command("fail", saga: saga, round: 2, ["how": "none"])
        #expect(await runner.answer(again).line == "rejected \(KitCode.compensated)")
        #expect(try await shop.effects().isEmpty)
        #expect(shop.runs == ["fail"])
    }

    @Test("A new round, which a person asks for, tries a refused step again; the old round does not")
    func rounds() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("fail", saga: saga, ["how": "reject"]))
        let late = try shop.command("fail", saga: saga, attempt: 9, ["how": "none"])
        #expect(await runner.answer(late).line == "rejected too-dear")
        let mended = try shop.command("fail", saga: saga, attempt: 10, round: 2, ["how": "none"])
        #expect(await runner.answer(mended).line == "done {}")
        #expect(await runner.answer(late).line == "done {}")
        #expect(try await shop.effects() == ["fail"])
    }

    @Test(
        "A temporary failure keeps nothing, and the next attempt runs",
        arguments: [
            ("temporary", "provider-busy"), ("unknown", KitCode.internalError),
        ])
    func temporary(how: String, code: String) async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        let answer = await runner.answer(try shop.command("fail", saga: saga, ["how": .string(how)]))
        #expect(answer.line == "retry \(code)")
        if how == "temporary", case .reply(.retry(let error)) = answer { #expect(error.retryAfter == .seconds(7)) }
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
        #expect(try await shop.effects().isEmpty)
        let second = try shop.command("fail", saga: saga, attempt: 2, ["how": "none"])
        #expect(await runner.answer(second).line == "done {}")
        #expect(try await shop.effects() == ["fail"])
    }

    @Test("An action that nobody registered is to be tried again, for a deployment may be under way")
    func unknownAction() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        #expect(await runner.answer(try shop.command("nonsense", saga: saga)).line == "retry \(KitCode.unknownAction)")
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
        // An undo needs its handler only if there is something to undo.
        let undo = try shop.command("nonsense", .undo, saga: saga, ["input": [:]])
        #expect(await runner.answer(undo).line == "done {}")
    }

    @Test("An input of the wrong shape is refused for good, and the place is named")
    func invalidInput() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        let answer = await runner.answer(try shop.command("make", saga: saga, ["item": 7]))
        guard case .reply(.rejected(let error)) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(error.code == KitCode.invalidInput)
        #expect(error.message.contains("\"item\""))
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == "rejected \(KitCode.invalidInput)")
    }

    @Test("An output that is too large is refused, and the business change with it")
    func outputTooLarge() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner(limits: JSON.Limits(bytes: 20))
        let answer = await runner.answer(try shop.command("make", saga: saga, ["item": "a"]))
        #expect(answer.line == "rejected \(KitCode.payloadTooLarge)")
        #expect(try await shop.effects().isEmpty)
    }

    @Test("An output that no reader would take is never sent")
    func outputWithNul() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner(actions: [.do("make") { (_: JSON, _) in ["bad": "a\u{0}b"] as JSON }])
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == "retry \(KitCode.internalError)")
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
    }
}
