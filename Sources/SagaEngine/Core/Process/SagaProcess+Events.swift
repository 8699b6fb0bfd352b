public import SagaValues

extension SagaProcess {
    /// What the events that a step waits for are found by.
    mutating func keys(of step: Int) throws(UnresolvedReference) -> [EventKey] {
        guard case .listen(let listen) = plan.steps[step].kind else { return [] }
        var keys: [EventKey] = []
        for alternative in listen.alternatives {
            keys.append(
                EventKey(
                    event: alternative.event, path: alternative.path, value: try evaluated(alternative.value)))
        }
        return keys
    }

    /// What an event means to a step that listens: the first alternative that it fits says; nil if it fits none.
    public mutating func signal(of event: JSON, named name: String, for step: Int) -> SagaEvent.Signal? {
        guard case .listen(let listen) = plan.steps[step].kind else { return nil }
        let plan = plan
        for alternative in listen.alternatives where alternative.event == name {
            guard let value = try? evaluated(alternative.value), event.at(alternative.path) == value else { continue }
            if let condition = alternative.condition {
                let holds = try? condition.evaluated(plan) { $0 == .event ? event : self.value($0) }
                guard holds?.boolValue == true else { continue }
            }
            guard let rejection = alternative.rejection else { return .accepted }
            return .refused(StepError(code: rejection, message: "the event \(name) came"))
        }
        return nil
    }
}

extension SagaProcess {
    /// An event that fails a step with this code, with what it is found by and nothing else; nil if there is none, or more
    /// would have to stand in it.
    public mutating func refusal(of step: Int, code: String) -> (name: String, event: JSON)? {
        guard case .listen(let listen) = plan.steps[step].kind else { return nil }
        for alternative in listen.alternatives where alternative.rejection == code {
            guard let value = try? evaluated(alternative.value), let event = JSON(value, at: alternative.path[...])
            else {
                continue
            }
            if case .refused(let error) = signal(of: event, named: alternative.event, for: step), error.code == code {
                return (alternative.event, event)
            }
        }
        return nil
    }
}

extension JSON {
    /// A value at a path, and nothing beside it; nil for a path into a list.
    fileprivate init?(_ value: JSON, at path: ArraySlice<Reference.Component>) {
        guard let next = path.first else {
            self = value
            return
        }
        guard case .member(let name) = next, let inner = JSON(value, at: path.dropFirst()) else { return nil }
        self = .object([name: inner])
    }

    /// What stands at a path; nil if nothing does.
    public func at(_ path: [Reference.Component]) -> JSON? {
        path.reduce(self as JSON?) { json, component in
            switch component {
            case .member(let name): json?[name]
            case .element(let index): json?[index]
            }
        }
    }
}
