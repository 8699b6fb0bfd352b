public import SagaCore
public import SagaValues
public import Workflows

/// What changed between two versions of a workflow, in terms of the language and not of its text: comments, the order of
/// keys and defaults that are written out make no difference.
///
/// A step is known by its name. One with another name is another step: the old one was removed, a new one added.
public struct WorkflowComparison: Sendable, Hashable {
    public let old: Version
    public let new: Version
    /// The workflow itself first, then the steps in the order of the new version, at the end those that are gone.
    public private(set) var changes: [Change]
    /// Whether what the old version took as input the new one takes too.
    public let inputs: InputFit

    public struct Version: Sendable, Hashable {
        public let workflow: String
        public let version: Int
    }

    public struct Change: Sendable, Hashable {
        public let kind: Kind
        /// Nil: the workflow as a whole.
        public let step: String?
        /// What of it, as the language calls it: `with.amount`, `retry.attempts`, `locks "user:${input.userId}"`.
        public let aspect: String?
        public let before: String?
        public let after: String?

        public enum Kind: String, Sendable, Hashable {
            case added, removed, moved, changed
        }
    }

    public init(_ old: Workflow, _ new: Workflow) {
        self.init(old.plan, new.plan, oldSchema: old.inputSchema?.json, newSchema: new.inputSchema?.json)
        guard old.retention != new.retention else { return }
        changes.insert(Change(nil, ("retention", old.retention?.sagaText, new.retention?.sagaText)), at: 0)
    }

    /// - Parameter oldSchema: the JSON Schema of the input, likewise `newSchema`; nil: any input.
    public init(_ old: Plan, _ new: Plan, oldSchema: JSON? = nil, newSchema: JSON? = nil) {
        self.old = Version(workflow: old.workflow, version: old.version)
        self.new = Version(workflow: new.workflow, version: new.version)
        inputs = InputFit(old: oldSchema, new: newSchema)
        var changes: [Change] = []
        for difference in Facts(new, schema: newSchema).differences(from: Facts(old, schema: oldSchema)) {
            changes.append(Change(nil, difference))
        }
        let (oldSites, newSites) = (Site.all(old), Site.all(new))
        let former = Dictionary(uniqueKeysWithValues: oldSites.map { ($0.step.name, $0) })
        let kept = kept(oldSites.map(\.step.name), newSites.map(\.step.name))
        let relations = Relations(oldSites, newSites, kept)
        for site in newSites {
            let name = site.step.name
            guard let own = former[name] else {
                changes.append(Change(kind: .added, step: name, aspect: nil, before: nil, after: site.place))
                continue
            }
            if own.around != site.around {
                changes.append(
                    Change(kind: .moved, step: name, aspect: "place", before: own.place, after: site.place))
            } else if !kept.contains(name) {
                changes.append(Change(kind: .moved, step: name, aspect: "order", before: nil, after: nil))
            } else if let change = relations.changes[name] {
                changes.append(
                    Change(kind: .moved, step: name, aspect: "order", before: change.before, after: change.after))
            }
            for difference in Facts(site.step, site.plan).differences(from: Facts(own.step, own.plan)) {
                changes.append(Change(name, difference))
            }
        }
        let names = Set(newSites.map(\.step.name))
        for site in oldSites where !names.contains(site.step.name) {
            changes.append(
                Change(kind: .removed, step: site.step.name, aspect: nil, before: site.place, after: nil))
        }
        self.changes = changes
    }

    public var isSame: Bool { changes.isEmpty && old.workflow == new.workflow }

    /// For people, a line each.
    public var lines: [String] {
        var lines = ["\(old.workflow), version \(old.version) -> \(new.workflow), version \(new.version)"]
        if changes.isEmpty { lines.append("They mean the same.") }
        var last: String??
        for change in changes {
            if let step = change.step, last != .some(step) { lines.append(change.heading(step)) }
            last = .some(change.step)
            if let text = change.text { lines.append((change.step == nil ? "" : "  ") + text) }
        }
        return lines + inputs.lines
    }
}

extension WorkflowComparison.Change {
    fileprivate init(_ step: String?, _ difference: (name: String, before: String?, after: String?)) {
        self.init(
            kind: difference.before == nil ? .added : difference.after == nil ? .removed : .changed, step: step,
            aspect: difference.name, before: difference.before, after: difference.after)
    }

    fileprivate func heading(_ step: String) -> String {
        switch (kind, aspect) {
        case (.added, nil): "+ \(step)" + (after.map { " (\($0))" } ?? "")
        case (.removed, nil): "- \(step)" + (before.map { " (\($0))" } ?? "")
        case (.added, _), (.removed, _), (.moved, _), (.changed, _): "~ \(step)"
        }
    }

    fileprivate var text: String? {
        guard let aspect else { return nil }
        switch kind {
        case .moved:
            let from = before.map { " from \($0)" } ?? ""
            let to = after.map { " to \($0)" } ?? ""
            return aspect == "place"
                ? "moved\(from.isEmpty ? " from the outermost list" : from)"
                    + (to.isEmpty ? " to the outermost list" : to)
                : before.flatMap { before in after.map { "runs \($0), and did run \(before)" } } ?? "moved in its list"
        case .added: return "+ \(aspect)" + (after == "true" ? "" : ": \(after ?? "")")
        case .removed: return "- \(aspect)" + (before == "true" ? "" : ": \(before ?? "")")
        case .changed: return "\(aspect): \(before ?? "") -> \(after ?? "")"
        }
    }
}

extension Site {
    /// Nil for the outermost list.
    fileprivate var place: String? { around.isEmpty ? nil : around.joined(separator: ", ") }
}

/// Steps that keep their place in the text, and run before, behind or beside others as they did not.
private struct Relations {
    /// Of each step, the first other one for which it differs.
    private(set) var changes: [String: (before: String, after: String)] = [:]

    init(_ old: [Site], _ new: [Site], _ kept: Set<String>) {
        // Within each list of steps of its own: the workflow, or a body.
        let bodies = Dictionary(grouping: new) { $0.owner }
        for (owner, sites) in bodies {
            guard let oldPlan = old.first(where: { $0.owner == owner })?.plan, let newPlan = sites.first?.plan else {
                continue
            }
            let (before, after) = (Places(oldPlan), Places(newPlan))
            let common = sites.compactMap { site -> (name: String, old: Int, new: Int)? in
                let name = site.step.name
                guard kept.contains(name), let old = oldPlan.stepIndex(named: name),
                    let new = newPlan.stepIndex(named: name)
                else { return nil }
                return (name, old, new)
            }
            for (number, own) in common.enumerated() {
                for other in common[..<number] {
                    let (was, now) = (before.order(own.old, other.old), after.order(own.new, other.new))
                    guard was != now else { continue }
                    changes[own.name] = (was.text(other.name), now.text(other.name))
                    break
                }
            }
        }
    }
}

extension Site {
    /// The `each` whose body it stands in; empty for the workflow.
    fileprivate var owner: String { around.last { $0.hasPrefix("each ") } ?? "" }
}

extension Places.Order {
    fileprivate func text(_ name: String) -> String {
        switch self {
        case .before: "before '\(name)'"
        case .after: "behind '\(name)'"
        case .none: "beside '\(name)'"
        }
    }
}
