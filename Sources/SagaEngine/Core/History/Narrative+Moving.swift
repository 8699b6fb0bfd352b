/// Where the steps of a narrative stand behind a move of its saga.
extension Narrative {
    /// The same with the steps' numbers of the plan that a move led to, and without the steps that were left behind.
    func seen(behind move: VersionMove) -> Narrative {
        var moved = self
        moved.due = due.compactMap { $0.mapped(move.place) }
        moved.effects = effects.compactMap { $0.mapped(move.place) }
        moved.planned = planned.compactMap { planned in
            move.place(of: planned.step).map {
                Planned(step: $0, direction: planned.direction, after: planned.after)
            }
        }
        moved.askings = [:]
        for (step, count) in askings {
            if let place = move.place(of: step) { moved.askings[place] = count }
        }
        moved.began = began.compactMap(move.place)
        moved.settled = settled.compactMap(move.place)
        return moved
    }
}

extension Narrative.Due {
    /// About the step of another number; nil if it has none.
    fileprivate func mapped(_ place: (Int) -> Int?) -> Narrative.Due? {
        switch self {
        case .reply(let step, let direction, let timeout):
            place(step).map { .reply(step: $0, direction, timeout: timeout) }
        case .pause(let step, let direction): place(step).map { .pause(step: $0, direction) }
        case .turn(let step, let direction): place(step).map { .turn(step: $0, direction) }
        case .offer(let step, let direction): place(step).map { .offer(step: $0, direction) }
        case .look(let step, let direction): place(step).map { .look(step: $0, direction) }
        case .time(let step): place(step).map { .time(step: $0) }
        case .expiry(let step): place(step).map { .expiry(step: $0) }
        case .deadline: self
        }
    }
}

extension SagaEffect {
    /// About the step of another number; nil if it has none.
    fileprivate func mapped(_ place: (Int) -> Int?) -> SagaEffect? {
        switch self {
        case .dispatch(let dispatch):
            place(dispatch.step).map {
                .dispatch(
                    Dispatch(
                        step: $0, item: dispatch.item, direction: dispatch.direction, attempt: dispatch.attempt,
                        round: dispatch.round))
            }
        case .decide(let step, let question): place(step).map { .decide(step: $0, question) }
        case .listen(let step): place(step).map { .listen(step: $0) }
        case .stopListening(let step): place(step).map { .stopListening(step: $0) }
        case .openIncident(let step, let incident): place(step).map { .openIncident(step: $0, incident) }
        case .resolveIncident(let step, let incident): place(step).map { .resolveIncident(step: $0, incident) }
        case .reportLate, .end: self
        }
    }
}
