public import SagaValues

/// What an event that a person hands to a saga would come to.
public enum Hearing: Sendable, Hashable {
    /// This step takes it at once.
    case now(step: Int)
    /// The saga has not come to any of these steps, which listen for it.
    case later(steps: [Int])
    /// Nothing, and why.
    case never(String)
}

extension SagaProcess {
    /// - Parameter name: the event's.
    public mutating func hearing(of event: JSON, named name: String) -> Hearing {
        let listeners = plan.steps.indices.filter { step in
            plan.listen(step)?.alternatives.contains { $0.event == name } ?? false
        }
        guard !listeners.isEmpty else { return .never(plan.hears(name)) }
        if let finality = saga.finality { return .never(finality) }
        var objections: [String] = []
        var later: [Int] = []
        for step in listeners {
            switch saga.steps[step].phase {
            case .listening:
                if signal(of: event, named: name, for: step) != nil { return .now(step: step) }
                objections.append(misfit(of: event, named: name, step))
            case .waiting where saga.status == .running || saga.status == .queued:
                let places = plan.listen(step)?.alternatives.filter { $0.event == name }.map(\.path) ?? []
                if places.contains(where: { event.at($0) != nil }) {
                    later.append(step)
                } else {
                    objections.append(
                        "step \(plan.steps[step].name) looks at \(Self.texts(places)) of it, where there is nothing")
                }
            default:
                objections.append("step \(plan.steps[step].name) does not listen any more")
            }
        }
        return later.isEmpty ? .never(objections.joined(separator: "; ")) : .later(steps: later)
    }

    private mutating func misfit(of event: JSON, named name: String, _ step: Int) -> String {
        let alternatives = plan.listen(step)?.alternatives.filter { $0.event == name } ?? []
        let listens = "step \(plan.steps[step].name) listens for a \(name)"
        for alternative in alternatives {
            guard let wanted = try? evaluated(alternative.value) else { continue }
            let place = Self.texts([alternative.path])
            guard let found = event.at(alternative.path) else { return "\(listens) with \(place), which this has not" }
            // What it looks for may be for nobody's eyes.
            if found != wanted { return "\(listens) with another \(place)" }
        }
        return "\(listens) for which its condition holds"
    }

    private static func texts(_ paths: [[Reference.Component]]) -> String {
        paths.map { path in path.map(\.description).joined() }.joined(separator: " or ")
    }
}

extension Plan {
    fileprivate func listen(_ step: Int) -> Listen? {
        if case .listen(let listen) = steps[step].kind { listen } else { nil }
    }

    /// Why an event of this name means nothing.
    fileprivate func hears(_ name: String) -> String {
        let names = Set(steps.indices.flatMap { listen($0)?.alternatives.map(\.event) ?? [] }).sorted()
        guard !names.isEmpty else { return "no step of \(workflow) listens for events" }
        return "no step of \(workflow) listens for \(name); they listen for \(names.joined(separator: ", "))"
    }
}
