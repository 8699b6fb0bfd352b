internal import Expressions
internal import SagaCore

/// Whether what a name stands for is there when it is read.
extension DefinitionChecker {
    /// What a name stands for in the eyes of a reader.
    enum Meaning {
        case input
        case saga
        case event
        /// The item of the `each` whose body is this scope.
        case item(scope: Int)
        case step(Int, Presence)
        /// A finding has been made, or was made before.
        case nothing
    }

    enum Presence {
        case certain
        /// Why it may be missing, and what to do.
        case uncertain(Finding.Code, message: String, help: String)
    }

    /// Reports names that stand for nothing here.
    ///
    /// - Parameter shown: the reference, for messages.
    mutating func meaning(of name: String, _ shown: String, at position: Position, _ reader: Reader) -> Meaning {
        if let reason = refusal(of: name, reader.roots) {
            report(.referenceNotAllowed, position, "\(shown): \(reason.message)", help: reason.help)
            return .nothing
        }
        switch name {
        case "input": return .input
        case "saga": return .saga
        case "event": return .event
        default: break
        }
        let chain = draft.chain(of: reader.scope)
        if let scope = chain.first(where: { draft.scopes[$0].variable?.value == name }) {
            isItemUsed[scope] = true
            return .item(scope: scope)
        }
        switch draft.names[name] {
        case .broken: return .nothing
        case .group:
            report(
                .unknownName, position, "\(shown): '\(name)' is a group of steps and has no output",
                help: "refer to one of its steps")
            return .nothing
        case nil:
            reportUnknown(name, shown, at: position, chain)
            return .nothing
        case .step(let index): return meaning(ofStep: index, shown, at: position, chain, reader)
        }
    }

    /// Why a name cannot be used here at all.
    private func refusal(of name: String, _ roots: Reader.Roots) -> (message: String, help: String)? {
        switch roots {
        case .inputOnly:
            guard name != "input" else { return nil }
            return (
                "locks are taken before the first step",
                "a lock can use the input only, such as \"user:${input.userId}\""
            )
        case .eventOnly:
            guard name != "event" else { return nil }
            return ("there is no saga yet when the event comes", "use the event only, such as ${event.userId}")
        case .data:
            guard name == "event" else { return nil }
            return (
                "an event is only there in the 'where' of a 'listen' and in 'on'",
                "what was listened for is the output of that step: refer to it by the step's name"
            )
        case .dataAndEvent: return nil
        }
    }

    private mutating func reportUnknown(_ name: String, _ shown: String, at position: Position, _ chain: [Int]) {
        if let scope = draft.scopes.indices.first(where: { draft.scopes[$0].variable?.value == name }),
            let owner = draft.scopes[scope].owner
        {
            report(
                .insideEach, position,
                "\(shown): '\(name)' is only there for the steps of '\(draft.steps[owner].name.value)'",
                help: "outside of them there is not one item but a list")
            return
        }
        let items = chain.compactMap { draft.scopes[$0].variable?.value }
        let meant = meant(by: name, among: ["input"] + items + draft.steps.map(\.name.value))
        var help = meant.map { "did you mean '\($0)'?" } ?? "refer to 'input' or to a step by its name"
        if meant == nil, name.contains("-"), name.split(separator: "-").allSatisfy({ draft.names[String($0)] != nil }) {
            help = "a minus between two values has spaces around it"
        }
        report(.unknownName, position, "\(shown): there is no step \(quoted(name))", help: help)
    }

    private mutating func meaning(
        ofStep index: Int, _ shown: String, at position: Position, _ chain: [Int], _ reader: Reader
    ) -> Meaning {
        let step = draft.steps[index]
        let name = step.name.value
        guard chain.contains(step.scope) else {
            let owner = draft.scopes[step.scope].owner.map { draft.steps[$0].name.value } ?? ""
            report(
                .insideEach, position, "\(shown): '\(name)' runs once for every item of '\(owner)'",
                help:
                    "refer to it within '\(owner)'; outside there are \(owner).count, \(owner).done and \(owner).failed"
            )
            return .nothing
        }
        guard step.hasOutput else {
            report(
                .unknownName, position, "\(shown): '\(name)' is a step with '\(step.shape)' and has no output",
                help: "refer to another step")
            return .nothing
        }
        guard reader.knowledge.done.contains(index) else {
            let problem = whyNotDone(index, reader)
            report(.stepMayNotHaveRun, position, "\(shown): \(problem.message)", help: problem.help)
            return .nothing
        }
        if reader.knowledge.present[name] != nil { return .step(index, .certain) }
        if let missing = guards[index].first(where: { !$0.isSatisfied(by: reader.knowledge) }) {
            let when = missing.condition.map { "when \(quoted("${\($0)}"))" } ?? "in the last case of its 'switch'"
            return .step(
                index,
                .uncertain(
                    .stepMayNotHaveRun, message: "'\(name)' may not have run: it does only \(when)",
                    help:
                        "ask first, has(\(name).…) && … or has(\(name).…) ? … : …, or read it under the same condition")
            )
        }
        if step.isOptional {
            return .step(
                index,
                .uncertain(
                    .valueMayBeMissing, message: "'\(name)' is optional, so its output may be missing",
                    help: "take 'optional' away from '\(name)', or ask first: has(\(name).…) ? … : …"))
        }
        return .step(index, .certain)
    }

    private func whyNotDone(_ index: Int, _ reader: Reader) -> (message: String, help: String) {
        let name = draft.steps[index].name.value
        guard let own = reader.step else { return ("'\(name)' may not have run", "refer to another step") }
        if index == own || draft.chain(of: reader.scope).contains(where: { draft.scopes[$0].owner == index }) {
            return ("a step cannot use its own output", "refer to the input or to an earlier step")
        }
        let meet = zip(places[index], places[own]).first { $0 != $1 }
        if let meet, meet.0.group == meet.1.group {
            switch meet.0.group {
            case .parallel:
                return (
                    "'\(name)' runs at the same time, in another branch",
                    "put the two steps into one branch ('steps:'), or this one behind the 'parallel'"
                )
            case .choice(let choice):
                return (
                    "'\(name)' stands in another case of '\(draft.steps[choice].name.value)', so only one of them runs",
                    "refer to a step of the same case, or to one before the 'switch'"
                )
            }
        }
        return ("'\(name)' runs later", "move '\(name)' before '\(draft.steps[own].name.value)'")
    }
}
