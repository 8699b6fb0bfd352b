internal import SagaCore
internal import SagaValues

/// A command that a saga sent, and what became of it, as its history tells.
struct Asked {
    let dispatch: Dispatch
    let at: Timestamp
    /// How often the participant said that it was still at it, and when first.
    var working: (count: Int, first: Timestamp)?
    /// What it said, and when; nil: nothing that counted.
    var said: (kind: Answer.Kind, at: Timestamp)?

    /// - Parameter isExact: whether it takes as long as it took. Else only what took a second or more does, and what came
    ///   while others of the same step were under way.
    func answer(isExact: Bool) -> Answer {
        guard let said else {
            guard let working else { return Answer(kind: .silence) }
            var answer = Answer(kind: .working)
            if isExact { answer.after = Asked.rounded(working.first - at) }
            return answer
        }
        var answer = Answer(kind: said.kind)
        let took = said.at - at
        if case .returned = said.kind { return answer }
        if isExact || took >= .seconds(1) || working != nil { answer.after = Asked.rounded(took) }
        if let working {
            // Spread evenly, so that no timeout passes which did not.
            answer.working = max(.milliseconds(100), Asked.rounded(took / (working.count + 1)))
        }
        return answer
    }

    /// Whole milliseconds, which files have.
    static func rounded(_ duration: Duration) -> Duration {
        .milliseconds(max(0, (duration.wholeMicroseconds + 500) / 1_000))
    }
}
