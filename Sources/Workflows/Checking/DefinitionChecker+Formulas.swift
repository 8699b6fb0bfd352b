internal import Expressions
internal import SagaCore

/// What expressions read and what comes out of them.
extension DefinitionChecker {
    /// - Parameter isWithinText: whether what comes out becomes a part of text.
    mutating func check(_ template: DraftTemplate, isWithinText: Bool = false, _ reader: Reader) {
        switch template {
        case .literal: return
        case .reference(let reference): check(reference, isWithinText: isWithinText, reader)
        case .formula(let formula): checkText(formula, isWithinText, reader)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): check(reference, isWithinText: true, reader)
                case .formula(let formula): checkText(formula, true, reader)
                }
            }
        case .array(let items):
            for item in items { check(item, reader) }
        case .object(let members):
            for member in members { check(member.value, reader) }
        }
    }

    private mutating func check(_ reference: DraftReference, isWithinText: Bool, _ reader: Reader) {
        if reference.root == "input", reader.roots != .eventOnly {
            checkInput(reference, isWithinText: isWithinText, reader)
        } else {
            checkText(reference.formula, isWithinText, reader)
        }
    }

    private mutating func checkText(_ formula: DraftFormula, _ isWithinText: Bool, _ reader: Reader) {
        guard let check = check(formula, reader), isWithinText, !check.type.canBeText, !check.type.canBeWritten else {
            return
        }
        report(
            .notTextual, formula.position, "\(shown(formula)) stands within text, but is \(Grammar.a(check.typeName))",
            help: "give text, a number or a boolean")
    }

    mutating func checkInput(_ reference: DraftReference, isWithinText: Bool, _ reader: Reader) {
        guard let schema = draft.schema else { return }
        let shown = quoted("${\(reference.text)}")
        let outcome = schema.outcome(of: reference.path) { reader.knowledge.isPresent("input", $0) }
        if reportInput(outcome, shown, at: reference.position) { return }
        guard case .found(let types) = outcome else { return }
        let unfit = types.filter { [.null, .object, .array].contains($0) }
        guard isWithinText, !unfit.isEmpty else { return }
        report(
            .notTextual, reference.position, "\(shown) stands within text, but can be \(phrase(unfit))",
            help: "refer to text, a number or a boolean")
    }

    /// True if there was something to report.
    private mutating func reportInput(_ outcome: InputSchema.PathOutcome, _ shown: String, at position: Position)
        -> Bool
    {
        switch outcome {
        case .undeclared(let member, let known):
            let meant = meant(by: member, among: known)
            report(
                .inputNotDeclared, position, "\(shown): the input schema has no \(quoted(member))",
                help: meant.map { "did you mean '\($0)'?" } ?? "add it under 'properties' of the input")
        case .impossible(let component, let types):
            report(
                .inputNotDeclared, position,
                "\(shown): by the input schema, what '\(component)' is taken from is \(phrase(types))",
                help: "change the reference or the schema")
        case .mayBeMissing(let member):
            report(
                .valueMayBeMissing, position, "\(shown): the input schema does not require \(quoted(member))",
                help: "add it to 'required', or ask first: has(input.\(member)) ? … : …")
        case .found: return false
        }
        return true
    }

    private func phrase(_ types: [SchemaType]) -> String {
        types.map(\.phrase).joined(separator: " or ")
    }

    // MARK: One expression

    /// What comes out; nil when something in it was reported, now or before.
    mutating func check(_ formula: DraftFormula, _ reader: Reader) -> Expression.Check? {
        let expression = formula.expression
        let references = expression.references
        var types: [String: StaticType] = [:]
        var uncertain: [String: (code: Finding.Code, message: String, help: String)] = [:]
        var isWrong = false
        for name in expression.variables {
            let own = references.filter { $0.name == name }
            let position = own.first.map { self.position(of: $0.range, formula) } ?? formula.position
            switch meaning(of: name, shown(formula), at: position, reader) {
            case .nothing: isWrong = true
            case .input:
                guard let schema = draft.schema else {
                    types[name] = .any
                    break
                }
                for reference in own { if isImpossible(reference, schema, formula) { isWrong = true } }
                types[name] = schema.type(read: own.map { $0.path[...] }).having(reader.knowledge.present[name] ?? [])
            case .saga:
                types[name] = .object(ObjectType([.init("id", .string), .init("startedAt", .string)]))
            case .event: types[name] = .any
            case .item(let scope):
                types[name] = itemTypes[scope].having(reader.knowledge.present[name] ?? [])
            case .step(let index, .certain): types[name] = outputType(of: index)
            case .step(_, .uncertain(let code, let message, let help)):
                uncertain[name] = (code, message, help)
                types[name] = perhaps(own)
                // Neither the output as a whole nor its elements can be asked about.
                for reference in own where !reference.beginsWithMember {
                    isWrong = true
                    report(
                        code, self.position(of: reference.range, formula), "\(shown(formula)): \(message)", help: help)
                }
            }
        }
        guard !isWrong else { return nil }
        let check = expression.check(types)
        for finding in check.findings {
            let reference = references.last {
                $0.range.offset <= finding.range.offset && finding.range.offset < $0.range.end
            }
            if finding.code == .perhapsMissing, let name = reference?.name, let reason = uncertain[name] {
                report(
                    reason.code, position(of: reference?.range ?? finding.range, formula),
                    "\(shown(formula)): \(reason.message)", help: reason.help)
            } else {
                report(
                    Finding.Code(finding.code), position(of: finding.range, formula),
                    "\(shown(formula)): \(finding.message)", help: finding.help)
            }
        }
        return check.findings.isEmpty ? check : nil
    }

    func position(of range: TextRange, _ formula: DraftFormula) -> Position {
        guard range.offset > 0 else { return formula.position }
        return formula.place.position(of: range.offset, in: formula.expression.text, findings.source)
    }

    /// What the schema has no place for; what may be missing is left to the expression, which may ask.
    private mutating func isImpossible(
        _ reference: Expressions.Reference, _ schema: InputSchema, _ formula: DraftFormula
    ) -> Bool {
        let outcome = schema.outcome(of: reference.path)
        switch outcome {
        case .undeclared, .impossible:
            return reportInput(outcome, shown(formula), at: position(of: reference.range, formula))
        case .mayBeMissing, .found: return false
        }
    }

    private func outputType(of step: Int) -> StaticType {
        guard draft.steps[step].each != nil else { return .any }
        return .object(ObjectType([.init("count", .int), .init("done", .int), .init("failed", .list(of: .int))]))
    }

    /// Of an output that may be missing: each of its members has to be asked for.
    private func perhaps(_ references: [Expressions.Reference]) -> StaticType {
        var names: Set<String> = []
        let members = references.compactMap { reference -> ObjectType.Member? in
            guard case .member(let name)? = reference.components.first, names.insert(name).inserted else { return nil }
            return ObjectType.Member(name, .any, isRequired: false)
        }
        return .object(ObjectType(members, isOpen: true))
    }
}

extension Expressions.Reference {
    fileprivate var beginsWithMember: Bool {
        if case .member? = components.first { true } else { false }
    }
}
