internal import SagaCore

extension DefinitionChecker {
    /// Every reference must lead to something that is there by the time it is read.
    mutating func checkReferences() {
        for lock in draft.locks {
            lock.value.forEachReference { reference, _ in
                if reference.root == "input" {
                    // A key is text, whether or not more text stands around the reference.
                    checkInput(reference, isWithinText: true)
                } else {
                    report(
                        .referenceNotAllowed, reference.position,
                        "a lock cannot use \(quoted("${\(reference.text)}")): locks are taken before the first step",
                        help: "use the input only, such as \"user:${input.userId}\"")
                }
            }
        }
        let branches = branchesOfSteps()
        var done: Set<Int> = []
        check(.sequence(draft.root), &done, branches)
        draft.output?.forEachReference { reference, isWithinText in
            check(reference, isWithinText: isWithinText, by: nil, done, branches)
        }
    }

    // MARK: Walking

    /// A branch of a `parallel`.
    private struct Branch: Equatable {
        let parallel: Int
        let index: Int
    }

    /// The branches that each step stands in, the outermost first.
    private func branchesOfSteps() -> [[Branch]] {
        var result = Array(repeating: [Branch](), count: draft.steps.count)
        var parallels = 0
        func record(_ node: DraftNode, in scope: [Branch]) {
            switch node {
            case .step(let index): result[index] = scope
            case .sequence(let nodes): for node in nodes { record(node, in: scope) }
            case .parallel(_, let branches):
                parallels += 1
                let parallel = parallels
                for (index, branch) in branches.enumerated() {
                    record(branch, in: scope + [Branch(parallel: parallel, index: index)])
                }
            }
        }
        record(.sequence(draft.root), in: [])
        return result
    }

    /// - Parameter done: the steps that have run when the node begins; afterwards its own too.
    private mutating func check(_ node: DraftNode, _ done: inout Set<Int>, _ branches: [[Branch]]) {
        switch node {
        case .step(let index):
            let before = done
            draft.steps[index].input.forEachReference { reference, isWithinText in
                check(reference, isWithinText: isWithinText, by: index, before, branches)
            }
            done.insert(index)
        case .sequence(let nodes):
            for node in nodes { check(node, &done, branches) }
        case .parallel(_, let nodes):
            let before = done
            for node in nodes {
                var own = before
                check(node, &own, branches)
                done.formUnion(own)
            }
        }
    }

    // MARK: One reference

    /// - Parameter reader: the step that reads it; nil for the output of the saga.
    private mutating func check(
        _ reference: DraftReference, isWithinText: Bool, by reader: Int?, _ done: Set<Int>, _ branches: [[Branch]]
    ) {
        let shown = quoted("${\(reference.text)}")
        if reference.root == "input" {
            checkInput(reference, isWithinText: isWithinText)
            return
        }
        switch draft.names[reference.root] {
        case .broken:
            return
        case .group:
            report(
                .unknownName, reference.position, "\(shown): '\(reference.root)' is a group of steps and has no output",
                help: "refer to one of its steps")
        case nil:
            let steps = draft.steps.map(\.name.value)
            let meant = suggestion(for: reference.root, among: ["input"] + steps)
            report(
                .unknownName, reference.position, "\(shown): there is no step \(quoted(reference.root))",
                help: meant.map { "did you mean '\($0)'?" } ?? "refer to 'input' or to a step by its name")
        case .step(let index) where !done.contains(index):
            let problem = whyNotDone(index, reader, branches)
            report(.stepMayNotHaveRun, reference.position, "\(shown): \(problem.message)", help: problem.help)
        case .step(let index) where draft.steps[index].isOptional:
            report(
                .valueMayBeMissing, reference.position,
                "\(shown): '\(reference.root)' is optional, so its output may be missing",
                help: "take 'optional' away from '\(reference.root)', or do without its output")
        case .step:
            return
        }
    }

    private func whyNotDone(_ index: Int, _ reader: Int?, _ branches: [[Branch]]) -> (message: String, help: String) {
        let name = draft.steps[index].name.value
        guard let reader else { return ("'\(name)' may not have run", "refer to another step") }
        if index == reader { return ("a step cannot use its own output", "refer to the input or to an earlier step") }
        let meet = zip(branches[index], branches[reader]).first { $0 != $1 }
        if let meet, meet.0.parallel == meet.1.parallel {
            return (
                "'\(name)' runs at the same time, in another branch",
                "put the two steps into one branch ('steps:'), or this one behind the 'parallel'"
            )
        }
        return ("'\(name)' runs later", "move '\(name)' before '\(draft.steps[reader].name.value)'")
    }

    private mutating func checkInput(_ reference: DraftReference, isWithinText: Bool) {
        guard let schema = draft.schema else { return }
        let shown = quoted("${\(reference.text)}")
        switch schema.outcome(of: reference.path) {
        case .undeclared(let member, let known):
            let meant = suggestion(for: member, among: known)
            report(
                .inputNotDeclared, reference.position, "\(shown): the input schema has no \(quoted(member))",
                help: meant.map { "did you mean '\($0)'?" } ?? "add it under 'properties' of the input")
        case .impossible(let component, let types):
            report(
                .inputNotDeclared, reference.position,
                "\(shown): by the input schema, what '\(component)' is taken from is \(phrase(types))",
                help: "change the reference or the schema")
        case .mayBeMissing(let member):
            report(
                .valueMayBeMissing, reference.position, "\(shown): the input schema does not require \(quoted(member))",
                help: "add it to 'required'; a caller can send null, \"\" or 0 for nothing where the type allows it")
        case .found(let types):
            let unfit = types.filter { [.null, .object, .array].contains($0) }
            guard isWithinText, !unfit.isEmpty else { return }
            report(
                .notTextual, reference.position, "\(shown) stands within text, but can be \(phrase(unfit))",
                help: "refer to text, a number or a boolean")
        }
    }

    private func phrase(_ types: [SchemaType]) -> String {
        types.map(\.phrase).joined(separator: " or ")
    }
}

extension DraftTemplate {
    /// Calls `body` with each reference, and whether it stands within text.
    func forEachReference(_ body: (DraftReference, Bool) -> Void) {
        switch self {
        case .literal: return
        case .reference(let reference): body(reference, false)
        case .text(let parts):
            for case .reference(let reference) in parts { body(reference, true) }
        case .array(let items):
            for item in items { item.forEachReference(body) }
        case .object(let members):
            for member in members { member.value.forEachReference(body) }
        }
    }
}
