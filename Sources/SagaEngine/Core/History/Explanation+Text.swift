public import SagaValues

/// In words, a line each.
extension Explanation {
    /// - Parameter plan: the one that it was made with.
    public func lines(_ plan: Plan) -> [String] {
        var lines = ["It is \(status.rawValue)" + (failure.map { ": \($0.text(plan))." } ?? ".")]
        if isPaused { lines.append("It is paused: nothing is sent, and no time counts, until somebody resumes it.") }
        for waiting in waits {
            lines.append(waiting.text(plan, at: at) + ".")
            lines += waiting.surroundings.sentences.map { "  \($0)." }
            for answer in waiting.answers where answer.ignored == nil {
                lines.append("  \(answer.occasion): \(answer.text(plan)).")
            }
        }
        if let next {
            let pause = next.at > at ? "If nothing comes, in \((next.at - at).roughText)" : "Next, since it is due"
            lines.append("\(pause): \(next.text(plan)).")
        }
        if let deadline, deadline > at {
            lines.append("Its deadline is in \((deadline - at).roughText).")
        } else if let deadline {
            let passed = "Its deadline passed \((at - deadline).roughText) ago"
            lines.append(isOverdue ? passed + "; behind the point of no return it goes on." : passed + ".")
        }
        let legal = verbs.filter(\.isLegal)
        for verb in legal {
            let role = verb.kind.role(plan).map { " (for \($0))" } ?? ""
            lines.append("Possible: \(verb.kind.text(plan))\(role): \(verb.outlook.text(plan)).")
        }
        for verb in verbs where !verb.isLegal && verb.isWorthSaying(waits) {
            lines.append("Not possible: \(verb.kind.text(plan)), since \(verb.objection ?? "").")
        }
        return lines
    }
}

extension Explanation.Verb {
    /// Of a step that has nothing to do with the present, nobody asks; nor what else could be said of one of which
    /// something can.
    fileprivate func isWorthSaying(_ waits: [Explanation.Waiting]) -> Bool {
        switch kind {
        case .resolve, .patch, .skip(_, isForced: true): return false
        case .skip(let step, isForced: false):
            return waits.contains { wait in
                if case .person(let incident) = wait.wait.reason {
                    wait.wait.step == step && incident.cause != .undoFailed
                } else {
                    false
                }
            }
        case .compensate, .retry, .approve, .refuse, .pause, .resume, .abandon: break
        }
        return kind.step.map { step in waits.contains { $0.wait.step == step } } ?? (kind == .compensate)
    }
}

extension Explanation.Verb.Kind {
    public func text(_ plan: Plan) -> String {
        switch self {
        case .compensate: "compensate"
        case .retry(let step): "retry '\(plan.steps[step].name)'"
        case .approve(let step): "approve '\(plan.steps[step].name)'"
        case .refuse(let step): "refuse '\(plan.steps[step].name)'"
        case .skip(let step, let isForced): "\(isForced ? "force the skip of" : "skip") '\(plan.steps[step].name)'"
        case .resolve(let step, let resolution): "resolve '\(plan.steps[step].name)' as \(resolution.rawValue)"
        case .patch(let step): "patch what '\(plan.steps[step].name)' sends"
        case .pause: "pause"
        case .resume: "resume"
        case .abandon: "abandon"
        }
    }
}

extension Explanation.Waiting {
    /// In words, without a full stop at the end.
    public func text(_ plan: Plan, at time: Timestamp) -> String {
        let name = wait.step.map { "'\(plan.steps[$0].name)'" } ?? "It"
        let who = wait.step.map { plan.steps[$0].participant } ?? ""
        var text: String
        switch wait.reason {
        case .resumption: text = "It waits for somebody to resume it"
        case .locks: text = "It waits for its turn for its lock keys"
        case .reply(.probe, let asking): text = "\(name) waits for \(who) to say whether it happened, asking \(asking)"
        case .reply(.do, let attempt): text = "\(name) waits for \(who)'s answer to attempt \(attempt)"
        case .reply(.undo, let attempt): text = "\(name) waits for \(who) to undo it, attempt \(attempt)"
        case .nextAttempt(let direction, let count): text = "\(name) pauses after \(direction.noun) \(count)"
        case .turn(let direction, let cause):
            let who = wait.step.map { plan.steps[$0].participant(direction) } ?? ""
            text = "\(name) is held back\(direction.aside): \(cause.sentence(who))"
        case .participant: text = "\(name) waits for \(who), which takes no commands at present"
        case .person(let incident): text = "\(name) waits for a person: \(incident.cause.sentence)"
        case .time: text = "\(name) lets time pass"
        case .event(let names): text = "\(name) waits for \(names.uniqued.joined(separator: " or "))"
        case .approval(let role): text = "\(name) waits for the consent of \(role)"
        case .children(let direction, let running, let count):
            let children = count == 1 ? "its child saga" : "\(running) of \(count) child sagas"
            text = "\(name) waits for \(children)" + (direction == .undo ? ", which undo themselves" : "")
        }
        if let since { text += ", for \((time - since).roughText)" }
        if let until = wait.until, until > time { text += ", for \((until - time).roughText) more at most" }
        return text
    }
}

extension Explanation.Outlook {
    /// What the event is, as the start of a sentence.
    public var occasion: String {
        switch event {
        case .replied(_, _, .probe, _, .done): "If it has happened"
        case .replied(_, _, .probe, _, .rejected): "If it has not happened"
        case .replied(_, _, .do, _, .done): "If it is done"
        case .replied(_, _, .do, _, .rejected): "If it is refused"
        case .replied(_, _, .undo, _, .rejected): "If it cannot be undone"
        case .replied(_, _, .undo, _, .done): "Once it is undone"
        case .signalled(_, .accepted): "If it comes"
        case .signalled(_, .refused): "If it is refused"
        case .locksGranted: "When its turn comes"
        case .replied, .started, .returned, .heldBack, .released, .timerFired, .retryRequested, .compensationRequested,
            .cancelledByParent,
            .decided, .resolved, .skipRequested, .patched, .paused, .resumed, .abandoned,
            .migrated:
            "Then"
        }
    }

    /// What would follow, without a full stop at the end.
    public func text(_ plan: Plan) -> String {
        if let ignored { return "nothing changes (\(ignored.rawValue))" }
        func names(_ steps: [Int]) -> String {
            let shown = steps.uniqued.map { "'\(plan.steps[$0].name)'" }
            return shown.count > 6
                ? shown.prefix(5).joined(separator: ", ") + " and \(shown.count - 5) more"
                : shown.joined(separator: ", ")
        }
        var parts: [String] = []
        func say(_ steps: [Int], _ sentence: (String) -> String) {
            if !steps.isEmpty { parts.append(sentence(names(steps))) }
        }
        switch event {
        case .paused: return "nothing is sent, and no time counts, until it is resumed"
        case .patched(let step): return "the next attempt at '\(plan.steps[step].name)' sends it"
        default: break
        }
        if let failure { parts.append("the saga fails (\(failure.text(plan)))") }
        say(settled.filter { $0.phase == .skipped }.map(\.step)) { "\($0) is passed over" }
        say(settled.filter { $0.phase == .unknown }.map(\.step)) { "\($0) is given up, and may have happened" }
        for case .openIncident(let step, let incident) in effects {
            parts.append("'\(plan.steps[step].name)' waits for a person: \(incident.cause.sentence)")
        }
        for direction in Direction.allCases {
            say(effects.compactMap { $0.step(sentIn: direction) }) { "\($0) is \(direction.participle)" }
        }
        for later in planned {
            parts.append(
                "'\(plan.steps[later.step].name)' is \(later.direction.participle) again \(later.after.roughText) later"
            )
        }
        say(effects.compactMap { if case .decide(let step, _) = $0 { step } else { nil } }) {
            "what \($0) says is worked out"
        }
        say(effects.compactMap { if case .listen(let step) = $0 { step } else { nil } }) { "\($0) waits for its event" }
        if effects.contains(.reportLate) { parts.append("people are told that it is late, and it goes on") }
        for case .end(let status) in effects { parts.append("the saga is \(status.rawValue)") }
        say(left) { "what \($0) did or may have done stays" }
        return parts.isEmpty ? "it goes on waiting" : parts.joined(separator: ", ")
    }
}

extension SagaEffect {
    fileprivate func step(sentIn direction: Direction) -> Int? {
        if case .dispatch(let command) = self, command.direction == direction { command.step } else { nil }
    }
}

extension Direction {
    fileprivate var participle: String {
        switch self {
        case .do: "tried"
        case .undo: "undone"
        case .probe: "asked about"
        }
    }

    fileprivate var noun: String {
        switch self {
        case .do: "attempt"
        case .undo: "attempt to undo"
        case .probe: "asking"
        }
    }
}

extension Direction {
    /// Which of its commands is meant, unless it is the one to do it.
    fileprivate var aside: String {
        switch self {
        case .do: ""
        case .undo: " from being undone"
        case .probe: " from being asked about"
        }
    }
}

extension HeldBack.Cause {
    fileprivate func sentence(_ participant: String) -> String {
        switch self {
        case .breaker: "the circuit breaker of \(participant) is open"
        case .inFlight: "\(participant) has as many commands in flight as it may"
        case .rate: "\(participant) gets as many commands a second as it may"
        }
    }
}

extension Incident.Cause {
    fileprivate var sentence: String {
        switch self {
        case .rejected: "it was refused where the saga cannot turn back"
        case .exhausted: "its attempts are spent where the saga cannot turn back"
        case .unknown: "nobody knows whether it happened"
        case .undoFailed: "it could not be undone"
        case .unroutable: "nobody takes its commands"
        }
    }
}

extension Failure {
    /// `rejected at 'charge': insufficient-funds`
    func text(_ plan: Plan) -> String {
        kind.rawValue + (step.map { " at '\(plan.steps[$0].name)'" } ?? "") + (error.map { ": \($0.code)" } ?? "")
    }
}

extension Duration {
    /// To the second where it is longer than one; nobody reads more.
    fileprivate var roughText: String {
        let micros = wholeMicroseconds
        guard micros >= 1_000_000 else { return (.microseconds(micros / 1000 * 1000) as Duration).sagaText }
        return (.seconds(micros / 1_000_000) as Duration).sagaText
    }
}

extension Sequence where Element: Hashable {
    /// Each once, in the order of their first appearance.
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
