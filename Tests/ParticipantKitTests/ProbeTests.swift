import SagaValues
import SagaWire
import Testing

@testable import ParticipantKit

@Suite("Probes")
struct ProbeTests {
    private let saga = UUID.v7()

    @Test("A probe tells what the do was told, and keeps nothing of its own")
    func answersFromBarrier() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        let probe = try shop.command("make", .probe, saga: saga)
        #expect(await runner.answer(probe).line == "rejected \(KitCode.notDone)")
        #expect(try await shop.count("SELECT count(*) FROM saga_barrier") == 0)
        _ = await runner.answer(try shop.command("make", saga: saga))
        #expect(await runner.answer(probe).line == #"done {"number":42,"item":"cup"}"#)

        _ = await runner.answer(try shop.command("fail", saga: saga, step: "two", ["how": "reject"]))
        #expect(
            await runner.answer(try shop.command("fail", .probe, saga: saga, step: "two")).line == "rejected too-dear")
        #expect(shop.runCount("make") == 1)
    }

    @Test("A probe finds a tombstone: the step will never be done")
    func tombstone() async throws {
        let shop = try await Workshop()
        let runner = try shop.runner()
        _ = await runner.answer(try shop.command("unmake", .undo, saga: saga, ["input": ["item": "cup"]]))
        let probe = try shop.command("make", .probe, saga: saga)
        #expect(await runner.answer(probe).line == "rejected \(KitCode.compensated)")
    }

    @Test("What a probe handler finds to be done is recorded, so that the undo runs and a late do does not")
    func customProbe() async throws {
        let shop = try await Workshop()
        let probing = Action.probe("make") { (input: Make, _) in
            input.item == "cup" ? Made(number: 7, item: "cup") : nil
        }
        let runner = try shop.runner(actions: shop.actions + [probing])
        let plate: JSON = ["item": "plate"]
        #expect(
            await runner.answer(try shop.command("make", .probe, saga: saga, plate)).line
                == "rejected \(KitCode.notDone)")

        let found = #"done {"number":7,"item":"cup"}"#
        #expect(await runner.answer(try shop.command("make", .probe, saga: saga)).line == found)
        #expect(await runner.answer(try shop.command("make", saga: saga)).line == found)
        let undo = try shop.command("unmake", .undo, saga: saga, ["input": ["item": "cup"]])
        #expect(await runner.answer(undo).line == "done {}")
        #expect(try await shop.effects() == ["unmake cup 7"])
    }
}
