internal import SagaCore
internal import SagaValues
internal import Workflows

extension ScenarioReader {
    mutating func happenings(_ entry: YAMLEntry?) -> [Happening] {
        guard let entry,
            let list = values.list(entry, "'happens'", help: "write '- { at: 2h, event: payment.refunded }'")
        else { return [] }
        return list.compactMap { happening($0) }
    }

    private static let whats = ["event", "approve", "refuse", "retry", "compensate", "crash"]

    private mutating func happening(_ node: YAMLNode) -> Happening? {
        guard let map = node.map else {
            if case .broken = node.content { return nil }
            values.report(
                .wrongShape, node.position, "what happens must be a map, but here is \(node.kind)",
                help: "write '{ at: 2h, event: payment.refunded }'")
            return nil
        }
        values.checkKeys(
            of: map, in: "what happens",
            known: ["at", "upon", "after", "data", "because", "ignored"] + ScenarioReader.whats)
        let things = map.entries.filter { ScenarioReader.whats.contains($0.key) }
        guard let thing = things.first, things.count == 1 else {
            let isEmpty = things.isEmpty
            values.report(
                isEmpty ? .missingKey : .conflictingKeys, isEmpty ? node.position : things[1].keyPosition,
                isEmpty ? "nothing happens here" : "two things happen here",
                help: isEmpty ? "write one of \(listed(ScenarioReader.whats))" : "write each on a line of its own")
            return nil
        }
        let when = when(map, node.position)
        let what = what(thing, map)
        let isIgnored = values.boolean(map["ignored"])?.value ?? false
        guard let when, let what else { return nil }
        return Happening(when: when, what: what, isIgnored: isIgnored, line: node.position.line)
    }

    private mutating func when(_ map: YAMLMap, _ position: Position) -> Happening.When? {
        let range = Duration.zero...Scenario.longest
        let after = values.duration(map["after"], in: range)?.value
        switch (map["at"], map["upon"]) {
        case (let at?, nil):
            if let entry = map["after"] {
                values.report(
                    .conflictingKeys, entry.keyPosition, "'after' counts from 'upon', and there is none",
                    help: "give the time from the start with 'at'")
            }
            return values.duration(at, in: range).map { .at($0.value) }
        case (nil, let upon?):
            guard let text = word(upon, "what is sent", help: "write 'upon: do charge'") else { return nil }
            return command(text, at: upon.position).map { .upon($0, after: after ?? .zero) }
        case (.some, .some(let upon)):
            values.report(
                .conflictingKeys, upon.keyPosition, "'at' and 'upon' both say when",
                help: "keep 'at: 2h' for a time from the start, or 'upon: do charge' for the moment when it is sent")
        case (nil, nil):
            values.report(
                .missingKey, position, "it does not say when this happens",
                help: "add 'at: 2h' for a time from the start, or 'upon: do charge' for the moment when it is sent")
        }
        return nil
    }

    private mutating func what(_ entry: YAMLEntry, _ map: YAMLMap) -> Happening.What? {
        let data = map["data"].flatMap { values.literal($0.value, at: $0.position) } ?? [:]
        let because = map["because"].flatMap { word($0, "a reason", help: "write 'because: …'") }
        switch entry.key {
        case "event":
            guard let name = word(entry, "an event", help: "write 'event: payment.refunded'") else { return nil }
            guard isAwaitedEvent.contains(name) else {
                reportUnknown(name, awaitedEvents, "event that a step", at: entry.position)
                return nil
            }
            return .event(name, data)
        case "approve", "refuse":
            guard let text = word(entry, "an approval", help: "name the step that waits for it") else { return nil }
            let place = place(
                text, at: entry.position,
                where: { if case .approval = $0.kind { true } else { false } }, "an approval")
            return place.map { entry.key == "approve" ? .approve($0, data) : .refuse($0, reason: because ?? "refused") }
        case "retry":
            guard let text = word(entry, "a step", help: "name the step that is stuck") else { return nil }
            return place(text, at: entry.position, where: { _ in true }, "a step").map { .retry($0) }
        case "compensate":
            return word(entry, "the reason", help: "write 'compensate: the customer changed their mind'").map {
                .compensate(reason: $0)
            }
        default:
            guard values.boolean(entry)?.value == true else { return nil }
            return .crash
        }
    }

    /// `do charge`: something that can be sent, as the runner writes it.
    mutating func command(_ text: String, at position: Position) -> String? {
        let (verb, rest) = verbAndPlace(text)
        guard let verb else {
            values.report(
                .wrongValue, position, "\(quoted(text)) is nothing that is sent",
                help: "begin with \(listed(Verb.allCases.map(\.rawValue))): 'do charge'")
            return nil
        }
        let what = "something to \(verb.rawValue)"
        return place(rest, at: position, where: { verb.suits($0) }, what).map { "\(verb.rawValue) \($0.text)" }
    }
}

extension Step {
    var awaitedEvents: [String] {
        if case .listen(let listen) = kind { listen.alternatives.map(\.event) } else { [] }
    }
}
