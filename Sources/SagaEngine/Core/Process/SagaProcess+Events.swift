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

extension JSON {
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
