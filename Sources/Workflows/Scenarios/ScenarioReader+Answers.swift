internal import SagaCore
internal import SagaValues
internal import Workflows

extension ScenarioReader {
    mutating func script(_ entry: YAMLEntry?) -> Script {
        var script = Script()
        guard let entry,
            let map = values.map(entry, "'replies'", help: "write 'billing.charge: { done: { paymentId: p1 } }'")
        else { return script }
        for entry in map.entries {
            guard let asked = asked(entry) else { continue }
            let answers = answers(entry, asked)
            if !answers.isEmpty {
                script.entries[entry.key] = Script.Entry(answers: answers, line: entry.position.line)
            }
        }
        return script
    }

    /// Who is asked.
    private enum Asked {
        case participant
        /// A child saga: whether it is to begin or to undo itself.
        case child
    }

    /// What a key means: an action, a step (of all items, or of one), or a child workflow.
    private mutating func asked(_ entry: YAMLEntry) -> Asked? {
        let text = entry.key
        if isParticipantQuestion.contains(text) { return .participant }
        if isChildQuestion.contains(text) { return .child }
        let (verb, place) = verbAndPlace(text)
        if let place = Place(place), !place.saga.items.isEmpty, let step = place.step(in: plan),
            (verb ?? .do).suits(step), verb != .emit
        {
            return step.isCarriedOutByChildren ? .child : .participant
        }
        let known = values.findings.hasRoom ? participantQuestions + childQuestions : []
        let meant = values.findings.meant(by: text, among: known)
        values.findings.add(
            .unknownName, at: entry.keyPosition, "nothing in '\(plan.workflow)' asks for \(quoted(text))",
            help: meant.map { "did you mean '\($0)'?" }
                ?? "name an action, a step ('charge', 'install[2]'), or what is asked of it: "
                + listed(Array(known.prefix(12))))
        return nil
    }

    /// `undo charge` taken apart.
    func verbAndPlace(_ text: String) -> (Verb?, String) {
        for verb in Verb.allCases where text.hasPrefix("\(verb.rawValue) ") {
            return (verb, String(text.dropFirst(verb.rawValue.count + 1)))
        }
        return (nil, text)
    }

    // MARK: Answers

    private mutating func answers(_ entry: YAMLEntry, _ asked: Asked) -> [Answer] {
        guard case .list(let items) = entry.value.content else {
            return answer(entry.value, at: entry.position, asked).map { [$0] } ?? []
        }
        if items.isEmpty {
            values.report(
                .wrongShape, entry.position, "an empty list of answers", help: "leave it out: it is done then")
        }
        return items.compactMap { answer($0, at: $0.position, asked) }
    }

    private mutating func answer(_ node: YAMLNode, at position: Position, _ asked: Asked) -> Answer? {
        let answer: Answer?
        switch node.content {
        case .broken: return nil
        case .scalar(let scalar): answer = self.answer(scalar.text, at: position)
        case .map(let map): answer = self.answer(map, at: position)
        case .list:
            values.report(
                .wrongShape, position, "an answer must be a word or a map, but here is a list",
                help: ScenarioReader.forms)
            return nil
        }
        guard let answer, asked == .child else { return answer }
        switch answer.kind {
        case .done, .rejected, .silence: return answer
        case .retry, .unknown, .working, .returned:
            values.report(
                .wrongValue, position, "a child saga does not say this: it is done, rejected, or says nothing yet",
                help: "write done, { rejected: code } or silence")
            return nil
        }
    }

    private static let forms =
        "write done, { done: {…} }, { rejected: code }, retry, unknown, working, silence or returned; "
        + "with 'after: 45s' it is late"

    private mutating func answer(_ word: String, at position: Position) -> Answer? {
        switch word {
        case "done": return .done
        case "retry": return Answer(kind: .retry(nil))
        case "unknown": return Answer(kind: .unknown(nil))
        case "working": return Answer(kind: .working)
        case "silence": return Answer(kind: .silence)
        case "returned": return Answer(kind: .returned)
        case "rejected":
            values.report(
                .missingKey, position, "a refusal needs its code", help: "write { rejected: insufficient-balance }")
        default:
            let known = ["done", "retry", "unknown", "working", "silence", "returned", "rejected"]
            values.report(
                .wrongValue, position, "\(quoted(word)) is no answer",
                help: values.findings.meant(by: word, among: known).map { "did you mean '\($0)'?" }
                    ?? ScenarioReader.forms)
        }
        return nil
    }

    /// What an answer that is a map says.
    private static let outcomes = ["done", "rejected", "retry", "unknown"]

    private mutating func answer(_ map: YAMLMap, at position: Position) -> Answer? {
        values.checkKeys(of: map, in: "an answer", known: ScenarioReader.outcomes + ["after", "working", "twice"])
        let outcomes = map.entries.filter { ScenarioReader.outcomes.contains($0.key) }
        guard let outcome = outcomes.first, outcomes.count == 1 else {
            let isEmpty = outcomes.isEmpty
            values.report(
                isEmpty ? .missingKey : .conflictingKeys, isEmpty ? position : outcomes[1].keyPosition,
                isEmpty ? "an answer says done, rejected, retry or unknown" : "an answer says one thing only",
                help: ScenarioReader.forms)
            return nil
        }
        guard let kind = kind(outcome) else { return nil }
        var answer = Answer(kind: kind)
        let range = Duration.milliseconds(1)...Scenario.longest
        answer.after = values.duration(map["after"], in: range)?.value ?? .zero
        answer.working = values.duration(map["working"], in: .milliseconds(100)...Scenario.longest)?.value
        answer.isTwice = values.boolean(map["twice"])?.value ?? false
        return answer
    }

    private mutating func kind(_ entry: YAMLEntry) -> Answer.Kind? {
        switch entry.key {
        case "done":
            if entry.value.isEmpty { return .done([:]) }
            return values.literal(entry.value, at: entry.position).map { .done($0) }
        case "rejected":
            return word(entry, "the code of the refusal", help: "write { rejected: insufficient-balance }").map {
                .rejected($0)
            }
        default:
            let kind = entry.key == "unknown" ? Answer.Kind.unknown : Answer.Kind.retry
            if entry.value.isEmpty { return kind(nil) }
            return values.duration(entry, in: .zero...Scenario.longest).map { kind($0.value) }
        }
    }
}

extension Step {
    var participantQuestions: [String] {
        guard case .action(let action) = kind else { return [] }
        return [action.name, name, "probe \(action.name)", "probe \(name)"]
            + (action.undo.map { [$0, "undo \(name)"] } ?? [])
    }

    var childQuestions: [String] {
        guard case .run(let child) = kind else { return [] }
        return ["run \(child.workflow)", name, "compensate \(child.workflow)", "undo \(name)"]
    }
}
