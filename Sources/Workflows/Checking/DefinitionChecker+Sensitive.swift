internal import Expressions
internal import SagaCore

/// A sensitive value may go to participants, which is what `with` is for. It may not go where operators, or systems that
/// nobody knows of, see it in clear.
extension DefinitionChecker {
    /// Where a value would be seen.
    private struct Exposure {
        let what: String
        let help: String

        static let lock = Exposure(
            what: "a lock's key is stored and shown in clear", help: "lock by what may be seen, such as an id")
        static let key = Exposure(
            what: "what tells starts apart is stored and shown in clear",
            help: "take another member of the event for the key, such as its id")
        static let event = Exposure(
            what: "an event goes to whoever listens",
            help: "leave it out of the event: who needs it can ask the service that has it")
        static let title = Exposure(
            what: "the person who is asked may not see it", help: "ask by what may be seen, such as an id")
        static let search = Exposure(
            what: "what an event is found by is stored in clear",
            help: "let the event say which saga it is for by something that may be seen, such as an id")
    }

    mutating func checkSensitiveFlows() {
        guard !draft.sensitive.isEmpty else { return }
        let items = draft.sensitiveItems
        for lock in draft.locks { checkFlow(of: lock.value, in: 0, items, .lock) }
        for start in draft.starts { checkKey(of: start) }
        for step in draft.steps {
            switch step.kind {
            case .emit(_, let data): checkFlow(of: data, in: step.scope, items, .event)
            case .approval(_, let title): title.map { checkFlow(of: $0, in: step.scope, items, .title) }
            case .listen(let alternatives):
                for search in alternatives.compactMap(\.search) {
                    checkFlow(of: search.value, step.scope, items, .search)
                }
            case .action, .choice, .pause, .run, .each: break
            }
        }
    }

    private mutating func checkFlow(of template: DraftTemplate, in scope: Int, _ items: Set<Int>, _ exposure: Exposure)
    {
        template.forEachFormula { checkFlow(of: $0, scope, items, exposure) }
    }

    private mutating func checkFlow(of formula: DraftFormula, _ scope: Int, _ items: Set<Int>, _ exposure: Exposure) {
        for reference in formula.expression.references
        where !reference.isOnlyTested && draft.isSensitive(reference.name, reference.path, in: scope, items: items) {
            reportExposed(reference, formula, exposure)
            return
        }
    }

    private mutating func reportExposed(
        _ reference: Expressions.Reference, _ formula: DraftFormula, _ exposure: Exposure
    ) {
        let text = reference.path.reduce(reference.name) { $0 + $1.description }
        report(
            .sensitiveShown, position(of: reference.range, formula),
            "\(quoted(text)) is sensitive, but \(exposure.what)", help: exposure.help)
    }

    /// The places of the event that become sensitive places of the input may not be its key.
    private mutating func checkKey(of start: DraftStart) {
        guard let key = start.key else { return }
        var places: [[SagaCore.Reference.Component]] = []
        for sensitive in draft.sensitive where sensitive.root == "input" {
            guard let input = start.input?.value else {
                // The event is the input as it is.
                places.append(sensitive.path)
                continue
            }
            input.visit { path, formula in
                guard path.meets(sensitive.path) else { return }
                let rest = sensitive.path.dropFirst(path.count)
                for reference in formula.expression.references where reference.name == "event" {
                    let isWhole = formula.expression.bareReference != nil
                    places.append(reference.path + (isWhole ? Array(rest) : []))
                }
            }
        }
        key.forEachFormula { formula in
            for reference in formula.expression.references where reference.name == "event" && !reference.isOnlyTested {
                guard places.contains(where: { $0.meets(reference.path) }) else { continue }
                reportExposed(reference, formula, .key)
                return
            }
        }
    }
}

extension DraftTemplate {
    fileprivate func forEachFormula(_ body: (DraftFormula) -> Void) {
        visit { body($1) }
    }

    /// Calls `body` with each expression and the place that it stands at; a list's elements stand where the list does.
    fileprivate func visit(
        at path: [SagaCore.Reference.Component] = [], _ body: ([SagaCore.Reference.Component], DraftFormula) -> Void
    ) {
        switch self {
        case .literal: return
        case .reference(let reference): body(path, reference.formula)
        case .formula(let formula): body(path, formula)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): body(path, reference.formula)
                case .formula(let formula): body(path, formula)
                }
            }
        case .array(let items):
            for item in items { item.visit(at: path, body) }
        case .object(let members):
            for member in members { member.value.visit(at: path + [.member(member.name)], body) }
        }
    }
}
