internal import SagaCore
internal import SagaValues

extension LoadedSaga {
    /// The command for a dispatch.
    ///
    /// - Throws: ``UnresolvedReference`` if a step's input refers to what an output does not hold. Once a
    ///   step's input could be made it can be made again: all it is made from is written once.
    func command(for dispatch: Dispatch) throws(UnresolvedReference) -> Command {
        let step = plan.steps[dispatch.step]
        var parsed: [Int: JSON] = [:]
        let value = { (root: Reference.Root) in self.value(root, &parsed) }
        let input = try step.input.filled(plan: plan, value)
        let body: JSON
        let action: String
        switch dispatch.direction {
        case .do, .probe:
            (action, body) = (step.action, input)
        case .undo:
            var members: JSON.Object = ["input": input]
            if let output = value(.step(dispatch.step)) { members["output"] = output }
            (action, body) = (step.undo ?? step.action, .object(members))
        }
        return Command(
            id: CommandID(saga: saga.id, step: step.name, iteration: 0, direction: dispatch.direction),
            action: action, attempt: dispatch.attempt, round: dispatch.round,
            workflow: plan.workflow, version: plan.version, tenant: origin.key.tenant, deadline: saga.deadline,
            trace: origin.trace, body: body)
    }

    /// What the workflow says its result is, as far as it can be made.
    func output() -> JSON? {
        guard let output = plan.output else { return nil }
        var parsed: [Int: JSON] = [:]
        return try? output.filled(plan: plan) { value($0, &parsed) }
    }

    /// The payload at the root of a reference, parsed once for all references to it.
    private func value(_ root: Reference.Root, _ parsed: inout [Int: JSON]) -> JSON? {
        let revision: Int?
        switch root {
        case .input: revision = 1
        case .step(let index): revision = saga.steps[index].outputRevision
        }
        guard let revision, let payload = payloads[revision] else { return nil }
        if let json = parsed[revision] { return json }
        let json = try? JSON(parsing: payload)
        parsed[revision] = json
        return json
    }
}
