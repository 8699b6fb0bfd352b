import SagaCore
import SagaValues

/// A saga, its participants, and how much more may go wrong.
struct World {
    private(set) var saga: Saga
    /// One for each step, and for each item that an `each` may have here.
    private(set) var participants: [Participant]
    private(set) var left: Explorer.Bounds
    /// What steps have asked for and not been told.
    private(set) var questions: [Int: SagaEffect.Question] = [:]

    init(_ plan: Plan, _ bounds: Explorer.Bounds) {
        saga = Saga(id: UUID(high: 0, low: 0), plan: plan, at: Timestamp(microseconds: 0))
        participants = Array(repeating: Participant(), count: plan.steps.count * World.itemLimit)
        left = bounds
    }

    /// How many items a list has at most: with two there is a first, another, and one that waits for its turn.
    static let itemLimit = 2

    /// Where the participant of a step, or of an item, is.
    static func place(_ step: Int, _ item: Int = 0) -> Int { step * itemLimit + item }

    func participant(_ step: Int, _ item: Int = 0) -> Participant { participants[World.place(step, item)] }

    /// Lets it happen.
    ///
    /// - Returns: what the machine made of it; nil if it did not come to the machine.
    mutating func apply(_ move: Move, _ plan: Plan) -> Transition? {
        let event: SagaEvent
        switch move {
        case .carryOut(let step, let item):
            participants[World.place(step, item)].carryOut()
            return nil
        case .refuse(let step, let item, let round):
            participants[World.place(step, item)].refuse(round: round)
            return nil
        case .carryOutUndo(let step, let item):
            participants[World.place(step, item)].carryOutUndo()
            return nil
        case .due(let due):
            return settle(saga.becomeDue(due, plan: plan))
        case .start(let queued): event = .started(queued: queued)
        case .grantLocks: event = .locksGranted
        case .decide(let step, let decision):
            questions[step] = nil
            event = .decided(step: step, decision)
        case .signal(let step, let signal):
            // What came is true from then on, whatever the machine makes of it.
            if signal == .accepted { participants[World.place(step)].carryOut() }
            event = .signalled(step: step, signal)
        case .reply(let step, let item, let direction, let attempt, let reply):
            event = .replied(step: step, item: item, direction: direction, attempt: attempt, reply: reply)
        case .returnCommand(let step, let direction):
            left.returns -= 1
            event = .returned(step: step, direction: direction)
        case .askForRetry(let step):
            left.retries -= 1
            event = .retryRequested(step: step)
        case .askForUndo:
            left.undoRequests -= 1
            event = .compensationRequested(.asked)
        case .cancel:
            left.parentRequests -= 1
            event = .cancelledByParent(.asked)
        }
        return settle(saga.handle(event, at: saga.startedAt, plan: plan))
    }

    private mutating func settle(_ transition: Transition) -> Transition {
        for case .decide(let step, let question) in transition.effects { questions[step] = question }
        for case .dispatch(let command) in transition.effects {
            participants[World.place(command.step, command.item)].take(command)
        }
        return transition
    }

    /// Takes out what has no influence on what can happen from here on.
    mutating func normalise(_ plan: Plan) {
        guard saga.revision > 0 else { return }
        saga.forgetTimes()
        guard left.mergesSettled else { return }
        for index in saga.steps.indices {
            let step = plan.steps[index]
            saga.forgetAttempts(index, isEndless: step.isCarriedOutByChildren || step.retry.attempts == nil)
            for item in 0..<World.itemLimit {
                let place = World.place(index, item)
                participants[place].forgetAttempts(round: min(saga.steps[index].round, Participant.rounds.upperBound))
                if saga.steps[index].items == nil, item == 0 { participants[place].forget(saga.steps[index].phase) }
            }
        }
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
        word |=
            UInt64(left.returns) << 32 | UInt64(left.retries) << 40 | UInt64(left.undoRequests) << 48
            | UInt64(left.parentRequests) << 56
        print.add(word)
        for index in saga.steps.indices { print.add(saga.word(index)) }
        for (step, question) in questions.sorted(by: { $0.key < $1.key }) {
            print.add(UInt64(step) << 8 | UInt64(question.number))
        }
        for participant in participants {
            let (first, second) = participant.words
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
    case carryOut(step: Int, item: Int = 0)
    case refuse(step: Int, item: Int = 0, round: Int)
    case carryOutUndo(step: Int, item: Int = 0)
    case reply(step: Int, item: Int = 0, Direction, attempt: Int?, SagaEvent.Reply)
    /// An expression comes to this.
    case decide(step: Int, SagaEvent.Decision)
    /// What a step waits for comes.
    case signal(step: Int, SagaEvent.Signal)
    case due(Saga.Due)
    case returnCommand(step: Int, Direction)
    case askForRetry(step: Int)
    case askForUndo
    /// The parent asks for it to be undone.
    case cancel
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

extension SagaEffect.Question {
    fileprivate var number: UInt8 {
        switch self {
        case .condition: 1
        case .choice: 2
        case .pause: 3
        case .items: 4
        }
    }
}
