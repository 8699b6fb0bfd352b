internal import SagaCore
internal import SagaValues

/// Something that a saga saw of a participant.
struct Sighting: Sendable, Hashable {
    let participant: String
    let outcome: Outcome

    enum Outcome: Sendable, Hashable {
        case done, refused, transient, working
        /// Nothing came in time.
        case timedOut
        case unroutable

        init(_ reply: SagaEvent.Reply) {
            switch reply {
            case .done: self = .done
            case .rejected: self = .refused
            case .retry, .unknown: self = .transient
            case .working: self = .working
            }
        }

        var isAnswer: Bool {
            switch self {
            case .done, .refused, .transient, .working: true
            case .timedOut, .unroutable: false
            }
        }

        /// In words; nil for what is none.
        var failure: String? {
            switch self {
            case .done, .refused, .working: nil
            case .transient: "put off or could not tell"
            case .timedOut: "no answer in time"
            case .unroutable: "no queue takes its commands"
            }
        }
    }
}

extension Step {
    var isAction: Bool { if case .action = kind { true } else { false } }
}

extension Saga {
    /// The steps whose participants have not answered in time.
    func unanswered(at time: Timestamp, _ plan: Plan) -> [Sighting] {
        inFlight.compactMap { command in
            guard plan.steps[command.step].isAction, let due = steps[command.step].due, due <= time else { return nil }
            return Sighting(participant: plan.steps[command.step].participant(command.direction), outcome: .timedOut)
        }
    }
}
