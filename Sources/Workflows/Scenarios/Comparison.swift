internal import SagaCore
internal import SagaValues
internal import Workflows

/// What came of a scenario beside what was expected.
struct Comparison {
    let scenario: Scenario
    let result: ScenarioOutcome.Result
    let record: Record
    let saga: Saga?

    private var expected: Expectation { scenario.expected }

    /// In the order in which a person would ask.
    var differences: [String] {
        var differences = record.faults
        if record.neverEnds {
            let count = record.rows >= scenario.limit.messages ? "\(record.rows) events" : "\(result.took.shown)"
            differences.append("it never ends: given up after \(count); say with 'until' when to look at it")
        }
        if result.ending != expected.ending {
            let why = result.failure.map { ", since \($0)" } ?? ""
            differences.append("expected \(expected.ending.rawValue), but it is \(result.ending.rawValue)\(why)")
        }
        differences += [failure, output, took].compactMap(\.self)
        differences += states
        differences += commands
        differences += events
        if result.incidents != expected.incidents {
            differences.append(difference("incidents", expected.incidents, result.incidents))
        }
        if result.isOverdue != expected.isOverdue {
            differences.append(
                result.isOverdue
                    ? "the deadline passed behind the pivot: write 'overdue: true' if that is meant"
                    : "expected the deadline to pass behind the pivot, but it did not")
        }
        return differences + unused
    }

    // MARK: How it ended

    private var failure: String? {
        guard let failure = expected.failure else { return nil }
        guard let actual = saga?.failure else { return "expected a failure, but there is none" }
        let step = actual.step.map { scenario.plan.steps[$0].name }
        let isRight =
            (failure.code.map { $0 == actual.error?.code ?? actual.kind.rawValue } ?? true)
            && (failure.kind.map { $0 == actual.kind } ?? true) && (failure.step.map { $0 == step } ?? true)
        let words = [failure.code, failure.kind?.rawValue, failure.step].compactMap(\.self).joined(separator: ", ")
        return isRight ? nil : "expected the failure \(words), but it is \(result.failure ?? "")"
    }

    private var output: String? {
        guard let output = expected.output else { return nil }
        guard let actual = result.output else { return "expected the output \(output.shown), but there is none" }
        return actual.isEqual(to: output)
            ? nil : "expected the output \(output.shown)\n            but it is \(actual.shown)"
    }

    private var took: String? {
        if let least = expected.atLeast, result.took < least {
            return "expected it to take at least \(least.shown), but it took \(result.took.shown)"
        }
        if let most = expected.atMost, result.took > most {
            return "expected it to take at most \(most.shown), but it took \(result.took.shown)"
        }
        return nil
    }

    private var states: [String] {
        expected.steps.compactMap { place, state in
            let actual = result.states[place.text] ?? (place.step == nil ? "none" : "waiting")
            return actual == state ? nil : "expected \(place.text) to be \(state), but it is \(actual)"
        }
    }

    // MARK: What was sent

    private var commands: [String] {
        guard let commands = expected.commands else { return [] }
        let (texts, sent) = (commands.map(\.text), result.commands.map(\.text))
        guard texts == sent else { return [difference("commands", texts, sent)] }
        return zip(commands, result.commands).compactMap { expected, sent in
            guard let body = expected.body, !sent.body.includes(body) else { return nil }
            return "expected \(sent.text) with \(body.shown)\n     but it was sent \(sent.body.shown)"
        }
    }

    private var events: [String] {
        guard let events = expected.events else { return [] }
        let (names, actual) = (events.map(\.name), record.events.map(\.name))
        guard names == actual else { return [difference("events", names, actual)] }
        return zip(events, record.events).compactMap { expected, event in
            guard let data = expected.data, !event.data.includes(data) else { return nil }
            return "expected \(event.name) with \(data.shown)\n     but it was sent \(event.data.shown)"
        }
    }

    /// Both lists in one: what is missing with `-`, what is too much with `+`.
    private func difference(_ what: String, _ expected: [String], _ actual: [String]) -> String {
        let change = actual.difference(from: expected)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for step in change {
            switch step {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines = ["the \(what) are not those expected (- is missing, + is too much):"]
        var (left, right) = (0, 0)
        while left < expected.count || right < actual.count {
            if left < expected.count, removed.contains(left) {
                lines.append("  - \(expected[left])")
                left += 1
            } else if right < actual.count, inserted.contains(right) {
                lines.append("  + \(actual[right])")
                right += 1
            } else {
                lines.append("    \(actual[right])")
                (left, right) = (left + 1, right + 1)
            }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: What the scenario says in vain

    private var unused: [String] {
        let answers = scenario.script.entries.filter { !record.used.contains($0.key) }
            .sorted { $0.value.line < $1.value.line }
            .map { "line \($0.value.line): nobody asked for '\($0.key)'" }
        let happenings = scenario.happenings.enumerated().compactMap { index, happening in
            switch (record.effective.contains(index), happening.isIgnored) {
            case (true, false), (false, true): String?.none
            case (false, false): "line \(happening.line): this changed nothing: \(happening.text)"
            case (true, true): "line \(happening.line): this should have changed nothing: \(happening.text)"
            }
        }
        return answers + happenings
    }
}
