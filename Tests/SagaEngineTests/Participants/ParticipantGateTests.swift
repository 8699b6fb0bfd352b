import SagaCore
import SagaValues
import Testing

@testable import SagaEngine

@Suite("What is let through to a participant") struct ParticipantGateTests {
    let now = Timestamp(microseconds: 1_000_000_000)

    private func gate(
        _ phase: BreakerState.Phase = .closed, inFlight: Int? = nil, perSecond: Int? = nil, surveyed: Bool = true
    ) -> ParticipantGate {
        var gate = ParticipantGate(
            BreakerState(phase: phase, mode: .automatic, since: now, reason: "", nextProbe: nil),
            settings: BreakerSettings())
        gate.set(ParticipantLimits(inFlight: inFlight, perSecond: perSecond), at: now)
        if surveyed { gate.survey([], at: now) }
        return gate
    }

    private func place(_ number: UInt64, _ direction: Direction = .do) -> CommandPlace {
        CommandPlace(saga: UUID(high: 1, low: number), step: 0, direction: direction)
    }

    @Test("as many are in flight as may be, not one more; a place is free once one is settled")
    func inFlight() {
        var gate = gate(inFlight: 2)
        #expect(gate.allowance(isLeader: true, at: now) == .init(left: 2, cause: .inFlight))
        gate.sent(place(1), isNew: true, at: now)
        gate.sent(place(1), isNew: false, at: now)
        #expect(gate.allowance(isLeader: true, at: now).left == 1, "what is sent twice is in flight once")
        gate.sent(place(2, .undo), isNew: true, at: now)
        #expect(gate.allowance(isLeader: true, at: now).left == 0)
        gate.look(at: place(1).saga, now: now) { _ in true }
        #expect(gate.allowance(isLeader: true, at: now).left == 0)
        gate.look(at: place(1).saga, now: now) { _ in false }
        #expect(gate.allowance(isLeader: true, at: now).left == 1)
    }

    @Test("one node alone sends to who has a limit, and only once it knows what is in flight")
    func leader() {
        var gate = gate(inFlight: 2, surveyed: false)
        #expect(gate.needsSurvey)
        #expect(gate.allowance(isLeader: true, at: now).left == 0)
        gate.survey([place(1), place(2), place(3)], at: now)
        #expect(!gate.needsSurvey && gate.allowance(isLeader: true, at: now).left == 0)
        gate.look(at: place(1).saga, now: now) { _ in false }
        gate.look(at: place(2).saga, now: now) { _ in false }
        #expect(gate.allowance(isLeader: true, at: now).left == 1)
        #expect(gate.allowance(isLeader: false, at: now).left == 0)
        #expect(gate.until(place(9), isLeader: false, at: now) == now, "the leader gets it at once")
        gate.held(place(9), isLeader: false)
        #expect(!gate.hasLine)
        gate.forgetFlights()
        #expect(gate.needsSurvey)
    }

    @Test("so many a second go, a tenth of them at once, and what was not used is not saved up")
    func rate() {
        var gate = gate(perSecond: 50)
        #expect(gate.allowance(isLeader: true, at: now) == .init(left: 5, cause: .rate))
        for number in 0..<5 { gate.sent(place(UInt64(number)), isNew: true, at: now) }
        #expect(gate.allowance(isLeader: true, at: now).left == 0)
        #expect(gate.allowance(isLeader: true, at: now + .milliseconds(21)).left == 1)
        #expect(gate.allowance(isLeader: true, at: now + .seconds(60)).left == 5)
        var sent = 0
        var time = now + .seconds(60)
        for _ in 0..<1_000 {
            time += .milliseconds(10)
            let left = gate.allowance(isLeader: true, at: time).left
            for _ in 0..<left { gate.sent(place(UInt64(100 + sent)), isNew: true, at: time); sent += 1 }
        }
        #expect((495...505).contains(sent), "\(sent) in ten seconds")
    }

    @Test("of one that is open nothing, of one that is half-open a few at once")
    func breaker() {
        var open = gate(.open)
        #expect(open.allowance(isLeader: true, at: now) == .init(left: 0, cause: .breaker))
        var half = gate(.halfOpen)
        #expect(half.allowance(isLeader: true, at: now) == .init(left: 3, cause: .breaker))
        #expect(half.allowance(isLeader: false, at: now).left == 0)
        for number in 1...3 { half.sent(place(UInt64(number)), isNew: true, at: now) }
        #expect(half.allowance(isLeader: true, at: now).left == 0)
        #expect(half.probesSettledAt == nil)
        for number in 1...3 { half.look(at: place(UInt64(number)).saga, now: now + .seconds(number)) { _ in false } }
        #expect(half.probesSettledAt == now + .seconds(3))
        #expect(half.allowance(isLeader: true, at: now).left == 0, "none follows before it is known what they say")
        half.set(BreakerState(phase: .open, mode: .automatic, since: now, reason: ""))
        half.set(BreakerState(phase: .halfOpen, mode: .automatic, since: now, reason: ""))
        #expect(half.allowance(isLeader: true, at: now).left == 3)
    }

    @Test("who waits goes in the order in which they came, as many as may, each once")
    func line() {
        var gate = gate(inFlight: 2)
        for number in [3, 1, 2, 1] { gate.held(place(UInt64(number)), isLeader: true) }
        #expect(gate.takeTurns(most: 10, isLeader: true, at: now) == [place(3), place(1)])
        #expect(gate.takeTurns(most: 10, isLeader: true, at: now).isEmpty, "places are kept for those who were called")
        #expect(gate.takeTurns(most: 10, isLeader: true, at: now + .seconds(2)) == [place(2)], "but not for ever")
    }

    @Test("who has gone by itself is not called")
    func gone() {
        var gate = gate(inFlight: 2)
        gate.held(place(2), isLeader: true)
        gate.sent(place(2), isNew: true, at: now)
        #expect(!gate.takeTurns(most: 10, isLeader: true, at: now).contains(place(2)), "it has gone by itself")
        #expect(!gate.isAwaited)
    }

    @Test("those who were held back by a breaker go on at a pace once it is closed, on any node")
    func pace() {
        var gate = gate(.open)
        for number in 0..<100 { gate.held(place(UInt64(number)), isLeader: false) }
        #expect(gate.takeTurns(most: 20, isLeader: false, at: now).isEmpty)
        gate.set(BreakerState(phase: .closed, mode: .automatic, since: now, reason: ""))
        #expect(!gate.isRestricting)
        #expect(gate.takeTurns(most: 20, isLeader: false, at: now).count == 20)
        #expect(gate.takeTurns(most: 20, isLeader: false, at: now).first == place(20))
    }

    @Test("the line is bounded, and keeps its order over many turns")
    func bounds() {
        var gate = gate(.open)
        for number in 0..<(ParticipantGate.lineLimit + 5) { gate.held(place(UInt64(number)), isLeader: true) }
        gate.set(BreakerState(phase: .closed, mode: .automatic, since: now, reason: ""))
        var seen: [CommandPlace] = []
        while gate.hasLine { seen += gate.takeTurns(most: 700, isLeader: true, at: now) }
        #expect(seen == (0..<ParticipantGate.lineLimit).map { place(UInt64($0)) })
    }

    @Test("a batch asks once for each command; what is new goes behind those who wait")
    func admission() {
        let allowance = ParticipantGate.Allowance(left: 2, cause: .inFlight)
        let later = now + .seconds(9)
        func admission(hasLine: Bool) -> Admission {
            Admission(["stock": .init(allowance: allowance, hasLine: hasLine) { _ in later }], at: now)
        }
        var free = admission(hasLine: false)
        let answers = (1...3).map { free.ask("stock", place($0), isReturning: false) }
        #expect(answers == [nil, nil, HeldBack(.inFlight, until: later)])
        #expect(free.ask("billing", place(4), isReturning: false) == nil)
        var lined = admission(hasLine: true)
        #expect(lined.ask("stock", place(1), isReturning: false) == HeldBack(.inFlight, until: later))
        #expect(lined.ask("stock", place(2), isReturning: true) == nil)
    }
}
