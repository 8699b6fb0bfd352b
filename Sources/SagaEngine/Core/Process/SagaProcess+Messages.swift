public import SagaValues

extension SagaProcess {
    /// The message for a dispatch.
    ///
    /// - Throws: ``UnresolvedReference`` if it refers to what an output does not hold. Once it could be made it can
    ///   be made again: all it is made from is written once.
    public mutating func message(for dispatch: Dispatch) throws(UnresolvedReference) -> SagaMessage {
        let plan = plan
        switch (plan.steps[dispatch.step].kind, dispatch.direction) {
        case (.action(let action), .do), (.action(let action), .probe):
            return .command(dispatch, action: action.name, body: try body(dispatch.step, action.input))
        case (.action(let action), .undo):
            _ = value(.step(dispatch.step))
            var members: JSON.Object = ["input": try body(dispatch.step, action.input)]
            // What a person gave in place of its output did not come of what is to be undone.
            if saga.steps[dispatch.step].ruling != .passedOver, let output = value(.step(dispatch.step)) {
                members["output"] = output
            }
            return .command(dispatch, action: action.undo ?? action.name, body: .object(members))
        case (.emit(let emission), _):
            return .event(dispatch, name: emission.event, data: try body(dispatch.step, emission.data))
        case (.run, .undo), (.each, .undo):
            return .undoChild(dispatch)
        case (.run(let child), _):
            return .startChild(dispatch, .workflow(child.workflow), input: try body(dispatch.step, child.input))
        case (.each(let each), _):
            return .startChild(dispatch, .body, input: try input(of: each, dispatch))
        case (.choice, _), (.pause, _), (.listen, _), (.approval, _):
            preconditionFailure("nothing is dispatched for a step that the saga carries out by itself")
        }
    }

    /// What a step would send if it were asked for now; nil if that cannot be made, or nothing is sent.
    public mutating func body(ofStep step: Int) -> JSON? {
        let template = plan.steps[step].input
        return template.flatMap { try? body(step, $0) }
    }

    /// What a step sends: what the workflow says, unless a person said otherwise.
    private mutating func body(_ step: Int, _ template: Template) throws(UnresolvedReference) -> JSON {
        if let row = saga.steps[step].bodyRevision { return data.json(at: row)?.personsValue ?? [:] }
        let plan = plan
        need(template)
        return try template.filled(plan: plan) { value($0) }
    }

    /// What is in flight, or listened for: to be sent again, since it may not have got out.
    public mutating func messagesInFlight() -> [SagaMessage] {
        // Each could be made before, so it can be made again.
        var messages = saga.inFlight.compactMap { try? message(for: $0) }
        for step in saga.listening {
            if let keys = try? keys(of: step), !keys.isEmpty { messages.append(.listen(step: step, keys)) }
        }
        return messages
    }

    /// The item, and what the body uses of what stands around it, each under the name that it has there.
    private mutating func input(of each: Each, _ dispatch: Dispatch) throws(UnresolvedReference) -> JSON {
        let plan = plan
        need(each.captures)
        if data.lists[dispatch.step] == nil { data.lists[dispatch.step] = try evaluated(each.items).arrayValue }
        guard let list = data.lists[dispatch.step], list.indices.contains(dispatch.item) else {
            throw UnresolvedReference(reference: each.items.text, reason: "there is no item \(dispatch.item)")
        }
        var input = JSON.object([each.variable: list[dispatch.item]])
        for capture in each.captures {
            guard let captured = try? capture.resolved(plan, { value($0) }) else { continue }
            input.set(captured, at: [.member(capture.root.name(plan))] + capture.path)
        }
        return input
    }
}

extension Reference.Root {
    /// As expressions call it.
    func name(_ plan: Plan) -> String {
        switch self {
        case .input: "input"
        case .step(let index): plan.steps[index].name
        case .event: "event"
        case .saga: "saga"
        }
    }
}

extension JSON {
    /// Puts a value where a path of member names leads, making the objects on the way.
    fileprivate mutating func set(_ value: JSON, at path: some Collection<Reference.Component>) {
        guard case .member(let name)? = path.first else {
            self = value
            return
        }
        var object = objectValue ?? [:]
        var member = object[name] ?? .object([:])
        member.set(value, at: path.dropFirst())
        object[name] = member
        self = .object(object)
    }
}
