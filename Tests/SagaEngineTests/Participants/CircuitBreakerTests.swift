import SagaValues
import Testing

@testable import SagaEngine

@Suite("A circuit breaker") struct CircuitBreakerTests {
    let breaker = CircuitBreaker(settings: BreakerSettings())
    let zero = Timestamp(microseconds: 1_000_000_000)

    private var closed: BreakerState { .initial(at: zero) }

    private func next(
        _ state: BreakerState, _ tally: ParticipantTally = .init(), after seconds: Int = 0, consumers: Int? = 1,
        unattended: Int? = nil, areOver: Bool = false, draw: UInt64 = 0
    ) -> BreakerState? {
        let now = zero + .seconds(seconds)
        return breaker.next(
            state,
            CircuitBreaker.View(
                counted: tally, queue: QueueState(consumers: consumers, ready: 1),
                unattendedSince: unattended.map { now - .seconds($0) }, probesAreOver: areOver), at: now, draw: draw)
    }

    @Test("opens at 20 outcomes of which 90 % are failures, not at fewer of either")
    func threshold() throws {
        #expect(next(closed, .init(timedOut: 19)) == nil)
        #expect(next(closed, .init(done: 3, timedOut: 20)) == nil)
        #expect(next(closed, .init(done: 2, transient: 9, timedOut: 9))?.phase == .open)
        #expect(next(closed, .init(unroutable: 20))?.phase == .open)
        let open = try #require(next(closed, .init(timedOut: 20), after: 3))
        #expect(open.since == zero + .seconds(3) && open.nextProbe == zero + .seconds(8) && open.openings == 1)
        #expect(open.reason.contains("of 20 outcomes within 30s 20 were failures: 20 without an answer"))
    }

    @Test("takes a refusal for a sign of life")
    func refusals() {
        #expect(next(closed, .init(refused: 100)) == nil)
        #expect(next(closed, .init(refused: 10, timedOut: 20)) == nil)
    }

    @Test("opens when nobody has taken commands for ten seconds, and not for a queue that is missing")
    func unattended() {
        #expect(next(closed, consumers: 0, unattended: 9) == nil)
        #expect(next(closed, consumers: 0, unattended: 10)?.phase == .open)
        #expect(next(closed, consumers: nil) == nil)
    }

    @Test("lets some through after the pause, and closes at the first success")
    func recovers() throws {
        let open = try #require(next(closed, .init(timedOut: 20)))
        #expect(next(open, .init(done: 50), after: 4) == nil, "before that nothing counts")
        let half = try #require(next(open, after: 5))
        #expect(half.phase == .halfOpen && half.openings == 1)
        #expect(next(half, after: 60) == nil, "as long as nothing is known of what went through, it waits")
        #expect(next(half, .init(timedOut: 2), after: 60) == nil)
        let again = try #require(next(half, .init(refused: 1, timedOut: 2), after: 6, areOver: true))
        #expect(again.phase == .closed && again.openings == 0)
    }

    @Test("opens again for twice as long each time, up to a minute, with jitter of a quarter")
    func backsOff() throws {
        var state = try #require(next(closed, .init(timedOut: 20)))
        var pauses: [Int64] = []
        for _ in 0..<6 {
            let probe = try #require(state.nextProbe)
            var half = state
            half.phase = .halfOpen
            state = try #require(
                breaker.next(half, CircuitBreaker.View(probesAreOver: true), at: probe, draw: 0))
            #expect(state.phase == .open)
            pauses.append(try #require(state.nextProbe).microseconds / 1_000_000 - probe.microseconds / 1_000_000)
        }
        #expect(pauses == [10, 20, 40, 60, 60, 60])
        var latest = Timestamp(microseconds: 0)
        for draw in stride(from: UInt64(0), through: 5_000_000, by: 1_000) {
            let probe = try #require(next(closed, .init(timedOut: 20), draw: draw)?.nextProbe)
            #expect(zero + .seconds(5) <= probe && probe <= zero + .milliseconds(6_250))
            latest = max(latest, probe)
        }
        #expect(latest > zero + .milliseconds(6_200))
    }

    @Test("sends no probe into a queue from which nobody takes, and says since when it has been open")
    func unattendedProbe() throws {
        let open = try #require(next(closed, consumers: 0, unattended: 10))
        let later = try #require(next(open, after: 6, consumers: 0, unattended: 16))
        #expect(later.phase == .open && later.since == open.since && later.openings == 2)
        #expect(later.nextProbe == zero + .seconds(16))
        #expect(next(later, after: 20)?.phase == .halfOpen)
    }

    @Test("does not move while a person has decided", arguments: [BreakerState.Mode.open, .closed])
    func forced(mode: BreakerState.Mode) {
        for phase in BreakerState.Phase.allCases {
            let state = BreakerState(phase: phase, mode: mode, since: zero, reason: "", nextProbe: zero)
            #expect(next(state, .init(timedOut: 100), after: 100, areOver: true) == nil)
            #expect(next(state, .init(done: 100), after: 100) == nil)
        }
    }
}
