internal import Comparing
internal import SagaCore
internal import SagaValues
internal import Workflows

/// A person has a saga go on by another version of its workflow.
extension Work {
    /// - Returns: what came of it, in sentences; empty if values have to be loaded first.
    mutating func migrate(
        _ request: OperatorRequest, to version: Int, _ catalog: Catalog, at now: Timestamp
    ) throws(EngineError) -> [String] {
        if let finality = saga.finality { throw illegal(finality) }
        let own = loaded.workflow.workflow
        guard version != own.plan.version else { throw illegal("it goes by version \(version) already") }
        guard let target = catalog.find(own.plan.workflow, version: version) else {
            throw .unknownWorkflow(own.plan.workflow, version: version)
        }
        guard catalog.refusal(toStart: target) == nil else {
            throw illegal("version \(version) is retired: activate it first")
        }
        let migration = Migration(
            &loaded.process, from: own, to: target.workflow, body: loaded.origin.parent?.body)
        guard missing.isEmpty else { return [] }
        guard let move = migration.move, let plan = target.plan(of: loaded.origin) else {
            throw illegal(migration.obstacles.map(\.sentence).joined(separator: "; "))
        }
        let before = saga
        let changes =
            ["It goes on by version \(version) instead of \(own.plan.version)."] + migration.lines.dropFirst()
        let word = PersonsWord(reason: request.reason, subject: request.requester.subject, value: move.json).data
        guard self.move(move, to: target, plan, word, at: now) else {
            throw illegal("it has moved as often as a saga may")
        }
        guard missing.isEmpty else { return [] }
        let versions: JSON.Object = ["versionBefore": JSON(own.plan.version), "versionAfter": JSON(version)]
        keep(changes, of: request, audited(request, changes, since: before, versions, at: now))
        return changes
    }
}
