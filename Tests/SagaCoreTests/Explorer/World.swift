import SagaCore
import SagaValues

/// A saga, its participants, and how much more may go wrong.
struct World {
    private(set) var saga: Saga
    private(set) var participants: [Participant]
    private(set) var left: Explorer.Bounds

    init(_ plan: Plan, _ bounds: Explorer.Bounds) {
        saga = Saga(id: UUID(high: 0, low: 0), plan: plan, at: Timestamp(microseconds: 0))
        participants = plan.steps.map { _ in Participant() }
        left = bounds
    }

    /// Lets it happen.
    ///
    /// - Returns: what the machine made of it; nil if it did not come to the machine.
    mutating func apply(_ move: Move, _ plan: Plan) -> Transition? {
        let event: SagaEvent
        switch move {
        case .carryOut(let step):
            participants[step].carryOut()
            return nil
        case .refuse(let step, let round):
            participants[step].refuse(round: round)
            return nil
        case .carryOutUndo(let step):
            participants[step].carryOutUndo()
            return nil
        case .due(let due):
            return settle(saga.becomeDue(due, plan: plan))
        case .start(let queued): event = .started(queued: queued)
        case .grantLocks: event = .locksGranted
        case .reply(let step, let direction, let attempt, let reply):
            event = .replied(step: step, direction: direction, attempt: attempt, reply: reply)
        case .returnCommand(let step, let direction):
            left.returns -= 1
            event = .returned(step: step, direction: direction)
        case .askForRetry(let step):
            left.retries -= 1
            event = .retryRequested(step: step)
        case .askForUndo:
            left.undoRequests -= 1
            event = .compensationRequested(.asked)
        }
        return settle(saga.handle(event, at: saga.startedAt, plan: plan))
    }

    private mutating func settle(_ transition: Transition) -> Transition {
        for case .dispatch(let command) in transition.effects { participants[command.step].take(command) }
        return transition
    }

    /// Takes out what has no influence on what can happen from here on.
    mutating func normalise() {
        if saga.revision > 0 { saga.forgetTimes() }
    }

    /// 128 bits of all that matters: two worlds that differ share them once in 10^20 or so.
    var fingerprint: Fingerprint {
        var print = Fingerprint()
        var word: UInt64 =
            switch saga.status {
            case .queued: 0
            case .running: 1
            case .compensating: 2
            case .completed: 3
            case .compensated: 4
            case .abandoned: 5
            }
        word |= saga.isLate ? 8 : 0
        word |= saga.revision > 0 ? 16 : 0
        if let failure = saga.failure {
            word |= UInt64(1 + Failure.Kind.allCases.firstIndex(of: failure.kind)!) << 8
            word |= UInt64(1 + (failure.step ?? -1)) << 16
        }
        word |= UInt64(left.returns) << 32 | UInt64(left.retries) << 40 | UInt64(left.undoRequests) << 48
        print.add(word)
        for index in participants.indices {
            print.add(saga.word(index))
            let (first, second) = participants[index].words
            print.add(first)
            print.add(second)
        }
        return print
    }
}

/// What can happen next. Loss, duplication and delay are in what does not happen, or happens late.
enum Move: Hashable {
    case start(queued: Bool)
    case grantLocks
    case carryOut(step: Int)
    case refuse(step: Int, round: Int)
    case carryOutUndo(step: Int)
    case reply(step: Int, Direction, attempt: Int?, SagaEvent.Reply)
    case due(Saga.Due)
    case returnCommand(step: Int, Direction)
    case askForRetry(step: Int)
    case askForUndo
}

struct Fingerprint: Hashable {
    private var left: UInt64 = 0x243F_6A88_85A3_08D3
    private var right: UInt64 = 0x1319_8A2E_0370_7344

    mutating func add(_ word: UInt64) {
        left = (left ^ word) &* 0x9FB2_1C65_1E98_DF25
        left ^= left >> 32
        right = (right &+ word) &* 0xD6E8_FEB8_6659_FD93
        right ^= right >> 29
        right &+= left
    }

    /// One in `count`, always the same ones.
    func isSample(oneIn count: UInt64) -> Bool { right % count == 0 }
}

extension StepError {
    static let asked = StepError(code: "asked", message: "a person asked for it")
}
