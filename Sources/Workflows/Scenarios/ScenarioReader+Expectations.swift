internal import SagaCore
internal import SagaValues
internal import Workflows

extension ScenarioReader {
    private static let endings = Scenario.Ending.allCases.map { ($0.rawValue, $0) }

    /// A map, or only the ending.
    mutating func expectation(_ entry: YAMLEntry) -> Expectation? {
        if case .scalar = entry.value.content {
            return values.choice(entry, ScenarioReader.endings).map { Expectation(ending: $0.value) }
        }
        guard let map = values.map(entry, "'expect'", help: "write 'expect: { ending: completed }'") else { return nil }
        values.checkKeys(
            of: map, in: "'expect'",
            known: [
                "ending", "output", "failure", "commands", "steps", "incidents", "events", "takes", "overdue",
            ])
        guard let ending = map["ending"] else {
            values.report(
                .missingKey, entry.position, "'ending' is missing",
                help: "say how it ends: \(listed(ScenarioReader.endings.map(\.0)))")
            return nil
        }
        guard let ending = values.choice(ending, ScenarioReader.endings)?.value else { return nil }
        var expected = Expectation(ending: ending)
        expected.output = map["output"].flatMap { values.literal($0.value, at: $0.position) }
        expected.failure = map["failure"].flatMap { failure($0) }
        expected.commands = map["commands"].map { commands($0) }
        expected.steps = map["steps"].map { steps($0) } ?? []
        expected.incidents = map["incidents"].map { incidents($0) } ?? []
        expected.events = map["events"].map { events($0) }
        if let entry = map["takes"] { takes(entry, &expected) }
        expected.isOverdue = values.boolean(map["overdue"])?.value ?? false
        return expected
    }

    private mutating func failure(_ entry: YAMLEntry) -> Expectation.ExpectedFailure? {
        if case .scalar(let scalar) = entry.value.content, !scalar.isEmpty {
            return Expectation.ExpectedFailure(code: scalar.text)
        }
        let help = "write 'failure: insufficient-balance' or 'failure: { step: charge, kind: unknown }'"
        guard let map = values.map(entry, "'failure'", help: help) else { return nil }
        values.checkKeys(of: map, in: "'failure'", known: ["code", "kind", "step"])
        var failure = Expectation.ExpectedFailure()
        failure.code = map["code"].flatMap { word($0, "a code", help: help) }
        failure.kind = values.choice(map["kind"], Failure.Kind.allCases.map { ($0.rawValue, $0) })?.value
        if let step = map["step"], let name = word(step, "a step", help: help) {
            failure.step = place(name, at: step.position, where: { _ in true }, "a step")?.text
        }
        return failure
    }

    // MARK: What is sent

    private mutating func commands(_ entry: YAMLEntry) -> [Expectation.ExpectedCommand] {
        let help = "write '- do charge', '- do charge x3' for three attempts, or '- do charge: { amount: \"1.00\" }'"
        guard let list = values.list(entry, "'commands'", help: help) else { return [] }
        var commands: [Expectation.ExpectedCommand] = []
        for node in list {
            guard commands.count <= Scenario.Limit().messages else {
                values.report(
                    .limitPassed, node.position, "more than \(Scenario.Limit().messages) commands are expected",
                    help: "a scenario that takes more is said never to end")
                break
            }
            switch node.content {
            case .broken: continue
            case .scalar(let scalar):
                let (text, count) = times(scalar.text)
                guard let command = command(text, at: node.position) else { continue }
                commands += Array(repeating: Expectation.ExpectedCommand(text: command), count: count)
            case .map(let map) where map.entries.count == 1:
                let (text, count) = times(map.entries[0].key)
                guard let command = command(text, at: map.entries[0].keyPosition),
                    let body = values.literal(map.entries[0].value, at: map.entries[0].position)
                else { continue }
                commands += Array(repeating: Expectation.ExpectedCommand(text: command, body: body), count: count)
            case .list, .map:
                values.report(
                    .wrongShape, node.position, "a command is text or a map of one member, but here is \(node.kind)",
                    help: help)
            }
        }
        return commands
    }

    /// `do charge x3`, up to 1000 times.
    private func times(_ text: String) -> (String, Int) {
        guard let mark = text.lastIndex(of: " "), text[mark...].hasPrefix(" x"),
            let count = Int(text[mark...].dropFirst(2)), 1...1000 ~= count
        else { return (text, 1) }
        return (String(text[..<mark]), count)
    }

    private mutating func events(_ entry: YAMLEntry) -> [Expectation.ExpectedEvent] {
        let help = "write 'events: [device.created]' or '- device.created: { deviceId: … }'"
        guard let list = values.list(entry, "'events'", help: help) else { return [] }
        let known = self.steps.compactMap { _, step in
            if case .emit(let emission) = step.kind { emission.event } else { nil }
        }
        var events: [Expectation.ExpectedEvent] = []
        for node in list {
            let event: Expectation.ExpectedEvent
            switch node.content {
            case .broken: continue
            case .scalar(let scalar): event = Expectation.ExpectedEvent(name: scalar.text)
            case .map(let map) where map.entries.count == 1:
                guard let data = values.literal(map.entries[0].value, at: map.entries[0].position) else { continue }
                event = Expectation.ExpectedEvent(name: map.entries[0].key, data: data)
            case .list, .map:
                values.report(
                    .wrongShape, node.position, "an event is text or a map of one member, but here is \(node.kind)",
                    help: help)
                continue
            }
            guard known.contains(event.name) else {
                reportUnknown(event.name, known, "event", at: node.position)
                continue
            }
            events.append(event)
        }
        return events
    }

    // MARK: What becomes of it

    private static let stepStates = StepState.Phase.allCases.map(\.name)
    private static let sagaStates = Saga.Status.allCases.map(\.rawValue) + ["none"]

    private mutating func steps(_ entry: YAMLEntry) -> [(place: Place, state: String)] {
        guard let map = values.map(entry, "'steps'", help: "write 'steps: { charge: undone }'") else { return [] }
        let places = self.steps.map(\.place)
        return map.entries.compactMap { entry in
            guard let text = word(entry, "a state", help: "write '\(entry.key): done'") else { return nil }
            let place = Place(entry.key)
            let isSaga =
                place.map { $0.step == nil && !$0.saga.items.isEmpty && $0.saga.plan(in: plan) != nil } ?? false
            guard let place, isSaga || place.step(in: plan) != nil else {
                reportUnknown(entry.key, places, "step", at: entry.keyPosition)
                return nil
            }
            let states = isSaga ? ScenarioReader.sagaStates : ScenarioReader.stepStates
            guard states.contains(text) else {
                values.report(
                    .wrongValue, entry.position, "\(quoted(text)) is no state of \(isSaga ? "an item" : "a step")",
                    help: values.findings.meant(by: text, among: states).map { "did you mean '\($0)'?" }
                        ?? "write \(listed(states))")
                return nil
            }
            return (place, text)
        }
    }

    /// `raise-quota rejected`
    private mutating func incidents(_ entry: YAMLEntry) -> [String] {
        let help = "write '- raise-quota rejected': the step, and the cause"
        guard let list = values.list(entry, "'incidents'", help: help) else { return [] }
        let causes = Incident.Cause.allCases.map(\.rawValue)
        return list.compactMap { node in
            guard case .scalar(let scalar) = node.content else {
                if case .broken = node.content { return nil }
                values.report(.wrongShape, node.position, "an incident is text, but here is \(node.kind)", help: help)
                return nil
            }
            let words = scalar.text.split(separator: " ")
            guard words.count == 2, causes.contains(String(words[1])) else {
                values.report(
                    .wrongValue, node.position, "\(quoted(scalar.text)) names no step and cause",
                    help: "the causes are \(listed(causes)): 'raise-quota rejected'")
                return nil
            }
            return place(String(words[0]), at: node.position, where: { _ in true }, "a step").map {
                "\($0.text) \(words[1])"
            }
        }
    }

    /// `5m`, at most, or `{ atLeast: 3d, atMost: 4d }`.
    private mutating func takes(_ entry: YAMLEntry, _ expected: inout Expectation) {
        let range = Duration.zero...Scenario.longest
        guard case .map(let map) = entry.value.content else {
            expected.atMost = values.duration(entry, in: range)?.value
            return
        }
        values.checkKeys(of: map, in: "'takes'", known: ["atLeast", "atMost"])
        expected.atLeast = values.duration(map["atLeast"], in: range)?.value
        expected.atMost = values.duration(map["atMost"], in: range)?.value
    }
}
