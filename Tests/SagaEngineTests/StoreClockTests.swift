import SagaValues
import Testing

@testable import SagaEngine

@Suite("The store's clock, as a node knows it") struct StoreClockTests {
    private let start = Timestamp(microseconds: 1_000_000_000_000_000)

    private func after(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: start.microseconds + seconds * 1_000_000)
    }

    @Test("goes on from each answer, also when that is ahead")
    func ahead() {
        let clock = StoreClock(now: start)
        #expect(clock.now >= start)
        clock.set(after(3600))
        #expect(clock.now >= after(3600) && clock.now < after(3660))
    }

    @Test("does not run backwards when an answer is a little behind")
    func correction() {
        let clock = StoreClock(now: start)
        clock.set(after(60))
        let before = clock.now
        clock.set(Timestamp(microseconds: before.microseconds - 900_000))
        #expect(clock.now >= before)
    }

    @Test("follows when the store's clock is set back, and does not stand still until that has caught up")
    func setBack() async throws {
        let clock = StoreClock(now: start)
        clock.set(after(3600))
        _ = clock.now
        clock.set(start)
        let first = clock.now
        #expect(first >= start && first < after(60))
        try await Task.sleep(for: .milliseconds(2))
        #expect(clock.now > first)
    }
}
