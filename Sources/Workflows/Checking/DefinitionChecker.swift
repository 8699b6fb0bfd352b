internal import Expressions
internal import SagaCore
internal import SagaValues

/// Checks a definition that could be read, and makes its plan.
///
/// The order: what names stand for, then the rules of a saga, then its times. Where a part was reported
/// before, nothing more is said about it.
struct DefinitionChecker {
    let draft: DraftWorkflow
    var findings: FindingList
    /// By step.
    var regions: [Region] = []
    /// What is known of the item of each body, by scope.
    var itemTypes: [StaticType]
    /// Whether anything uses that item.
    var isItemUsed: [Bool]
    /// What has to be so for a step to have run, by step.
    var guards: [[Guard]]
    /// The branches and cases that each step stands in, the outermost first.
    var places: [[Branch]]

    /// Where a step stands in relation to the point of no return.
    enum Region {
        /// It is undone when the saga fails.
        case before
        case pivot
        /// It is retried until it succeeds.
        case after
    }

    init(_ draft: DraftWorkflow, _ findings: FindingList) {
        self.draft = draft
        self.findings = findings
        itemTypes = draft.scopes.map { _ in .any }
        isItemUsed = draft.scopes.map { _ in false }
        guards = draft.steps.map { _ in [] }
        places = draft.steps.map { _ in [] }
    }

    mutating func report(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        findings.add(code, at: position, message, help: help)
    }

    func meant(by name: String, among known: @autoclosure () -> [String]) -> String? {
        findings.meant(by: name, among: known())
    }

    /// What stands in one place of the file can be wrong for many steps.
    mutating func reportOnce(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        guard !findings.contains(code, at: position) else { return }
        report(code, position, message, help: help)
    }

    /// Nil when there is an error.
    mutating func plan() -> (Plan, children: [ChildSite])? {
        regions = findRegions()
        checkNames()
        checkReferences()
        checkSensitiveFlows()
        checkStarts()
        checkRules()
        let policies = draft.steps.indices.map { retryPolicies(of: $0) }
        checkTimes(policies.map(\.forward))
        guard !findings.hasErrors, let name = draft.name, let version = draft.version else { return nil }
        let builder = PlanBuilder(
            draft: draft, regions: regions, policies: policies, sensitiveItems: draft.sensitiveItems)
        return (builder.plan(name, version), builder.childSites)
    }

    /// What items are called must not be the name of a step, nor of an item around it.
    private mutating func checkNames() {
        for (index, scope) in draft.scopes.enumerated() {
            guard let variable = scope.variable else { continue }
            let outer = draft.chain(of: index).dropFirst().map { draft.scopes[$0].variable?.value }
            guard draft.names[variable.value] != nil || outer.contains(variable.value) else { continue }
            report(
                .nameUsedTwice, variable.position, "the name \(quoted(variable.value)) is used twice",
                help: "name the item differently: references go by the name")
        }
    }
}
