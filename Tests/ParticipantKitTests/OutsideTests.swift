import Postgres
import SagaValues
import SagaWire
import Synchronization
import Testing

@testable import ParticipantKit

@Suite("What happens outside")
struct OutsideTests {
    private let saga = UUID.v7()
    private let cup: JSON = ["item": "cup"]

    /// A provider with books of its own, which no rollback of ours touches.
    private final class Provider: Sendable {
        private let state = Mutex<(orders: Set<String>, plan: [String])>(([], []))

        /// What becomes of the next calls: `done`, `lost`, `away`, `no`; at the end `done`.
        init(_ plan: String...) { state.withLock { $0.plan = plan } }

        var orders: Set<String> { state.withLock { $0.orders } }

        func order(_ item: String) throws {
            let fate = state.withLock { $0.plan.isEmpty ? "done" : $0.plan.removeFirst() }
            switch fate {
            case "away": throw TemporaryFailure("away", "the provider is away")
            case "no": throw Rejection("sold-out", "the provider has none left")
            case "broken":
                state.withLock { _ = $0.orders.insert(item) }
                throw Surprise()
            case "lost":
                state.withLock { _ = $0.orders.insert(item) }
                throw OutcomeUnknown("answer-lost", "nobody knows")
            default: state.withLock { _ = $0.orders.insert(item) }
            }
        }

        func cancel(_ item: String) { state.withLock { _ = $0.orders.remove(item) } }
    }

    private func actions(_ shop: Workshop, _ provider: Provider, probes: Bool = true) -> [Action] {
        let all: [Action] = [
            .do("order") { (input: Make, context) in
                try await context.transaction.execute(
                    Workshop.insertEffect, [.uuid(context.sagaID), .text("order \(input.item)")])
                try provider.order(input.item)
                return Made(number: 1, item: input.item)
            },
            .undoOutside("cancel") { (input: Make, made: Made?, context) in
                shop.note("cancel \(made.map { "\($0.number)" } ?? "unrecorded")")
                try await context.transaction.execute(
                    Workshop.insertEffect, [.uuid(context.sagaID), .text("cancel \(input.item)")])
                provider.cancel(input.item)
            },
        ]
        let probe = Action.probe("order") { (input: Make, _) in
            provider.orders.contains(input.item) ? Made(number: 1, item: input.item) : nil
        }
        return all + (probes ? [probe] : [])
    }

    @Test("A handler that does not know is answered `unknown`; nothing is kept, and the next attempt runs it again")
    func unknown() async throws {
        let shop = try await Workshop()
        let provider = Provider("lost", "lost")
        let runner = try shop.runner(actions: actions(shop, provider))
        for attempt in 1...2 {
            let answer = await runner.answer(try shop.command("order", saga: saga, attempt: attempt))
            #expect(answer.line == "unknown answer-lost")
            #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
            #expect(try await shop.effects() == [])
        }
        #expect(await runner.answer(try shop.command("order", saga: saga)).line == #"done {"number":1,"item":"cup"}"#)
        #expect(try await shop.effects() == ["order cup"])
    }

    @Test("The pause that a handler asks for goes with it")
    func pause() async throws {
        let shop = try await Workshop()
        let answer = await (try shop.runner()).answer(try shop.command("fail", saga: saga, ["how": "lost"]))
        guard case .reply(.unknown(let error)) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(error == ReplyError(code: "answer-lost", message: "who knows", retryAfter: .seconds(7)))
    }

    @Test("An undo outside runs though there is no record, and a late do is refused")
    func undoWithoutRecord() async throws {
        let shop = try await Workshop()
        let provider = Provider("lost")
        let runner = try shop.runner(actions: actions(shop, provider))
        _ = await runner.answer(try shop.command("order", saga: saga))
        #expect(provider.orders == ["cup"])
        let undo = try shop.command("cancel", .undo, saga: saga, ["input": cup])
        for _ in 1...2 { #expect(await runner.answer(undo).line == "done {}") }
        #expect(provider.orders == [])
        #expect(shop.runs == ["cancel unrecorded"])
        let late = await runner.answer(try shop.command("order", saga: saga))
        #expect(late.line == "rejected \(KitCode.compensated)")
        #expect(provider.orders == [])
    }

    @Test("With a record it gets the output, and the output of a lost record is still a person's matter")
    func undoWithRecord() async throws {
        let shop = try await Workshop()
        let provider = Provider()
        let runner = try shop.runner(actions: actions(shop, provider))
        _ = await runner.answer(try shop.command("order", saga: saga))
        #expect(await runner.answer(try shop.command("cancel", .undo, saga: saga, ["input": cup])).line == "done {}")
        #expect(shop.runs == ["cancel 1"])
        let lost = try shop.command(
            "cancel", .undo, saga: saga, step: "two", ["input": cup, "output": ["number": 3, "item": "cup"]])
        #expect(await runner.answer(lost).line == "retry \(KitCode.barrierExpired)")
    }

    @Test("An undo that does not know keeps nothing, not even its tombstone")
    func undoUnknown() async throws {
        let shop = try await Workshop()
        let unsure = Action.undoOutside("cancel") { (_: Make, _: Made?, _) in
            throw OutcomeUnknown("answer-lost", "nobody knows")
        }
        let runner = try shop.runner(actions: [unsure])
        let undo = try shop.command("cancel", .undo, saga: saga, ["input": cup])
        for _ in 1...2 { #expect(await runner.answer(undo).line == "unknown answer-lost") }
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
    }

    @Test("A refusal is not kept when an earlier attempt got through: it is done, and stays so")
    func refusalAfterEffect() async throws {
        let shop = try await Workshop()
        let provider = Provider("lost", "no")
        let runner = try shop.runner(actions: actions(shop, provider))
        _ = await runner.answer(try shop.command("order", saga: saga))
        let done = #"done {"number":1,"item":"cup"}"#
        for attempt in 2...3 {
            #expect(await runner.answer(try shop.command("order", saga: saga, attempt: attempt)).line == done)
        }
        #expect(await runner.answer(try shop.command("order", .probe, saga: saga)).line == done)
        #expect(await runner.answer(try shop.command("cancel", .undo, saga: saga, ["input": cup])).line == "done {}")
        #expect(shop.runs == ["cancel 1"] && provider.orders == [])
    }

    @Test("A refusal is kept when nothing is found, in a later round too")
    func refusalWithoutEffect() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner(actions: actions(shop, Provider("no", "lost", "no")))
        #expect(await runner.answer(try shop.command("order", saga: saga)).line == "rejected sold-out")
        #expect(await runner.answer(try shop.command("order", saga: saga, attempt: 2)).line == "rejected sold-out")
        // A person asks again: this time it gets through, and then it is refused.
        #expect(await runner.answer(try shop.command("order", saga: saga, round: 2)).line == "unknown answer-lost")
        let again = await runner.answer(try shop.command("order", saga: saga, round: 2))
        #expect(again.line == #"done {"number":1,"item":"cup"}"#)
    }

    @Test("Whether an earlier attempt got through may not be known either: then nothing is refused")
    func refusalInDoubt() async throws {
        let shop = try await Workshop()
        for failure in [TemporaryFailure("busy", "at it"), OutcomeUnknown("busy", "who knows")] as [any Error] {
            let unsure = Action.probe("order") { (_: Make, _) -> Made? in throw failure }
            let runner = try shop.runner(actions: actions(shop, Provider("no"), probes: false) + [unsure])
            #expect(await runner.answer(try shop.command("order", saga: saga)).line == "unknown busy")
            #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
        }
    }

    @Test("A failure that nobody foresaw leaves a doubt only where something may have happened outside")
    func unforeseen() async throws {
        let shop = try await Workshop()
        let provider = Provider("broken", "broken", "away")
        let outside = try shop.runner(actions: actions(shop, provider))
        #expect(
            await outside.answer(try shop.command("order", saga: saga)).line == "unknown \(KitCode.internalError)")
        let inside = try shop.runner(actions: actions(shop, provider, probes: false))
        #expect(await inside.answer(try shop.command("order", saga: saga)).line == "retry \(KitCode.internalError)")
        // The handler knows that the provider has not heard of it.
        #expect(await outside.answer(try shop.command("order", saga: saga)).line == "retry away")
        // No handler was at work.
        let unknown = await outside.answer(try shop.command("no-such", saga: saga))
        #expect(unknown.line == "retry \(KitCode.unknownAction)")
    }
}
