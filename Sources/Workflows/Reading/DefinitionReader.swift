internal import SagaValues

/// Reads the shape of a definition: which keys there are and what kind of value each has.
///
/// Reading never stops at a mistake. It reports it, leaves the part out, and reads on; what refers to
/// the part left out is not reported again.
package struct DefinitionReader {
    static let stepLimit = 1000
    /// How deep lists and maps may stand in each other in a value, an input or a schema. What is sent and stored is
    /// JSON of at most 64, and envelopes take some of it.
    static let valueDepthLimit = 56
    /// How deep `parallel`, `switch`, `each` and groups may stand in each other.
    static let nestingLimit = 20
    /// How deep `each` may stand in each other. Each level is a saga above the others, of which there are 16 at most, and
    /// what reads and plans a body takes tens of kilobytes of stack.
    static let bodyLimit = 6

    package var findings: FindingList
    var draft = DraftWorkflow()
    /// The list of ``DraftWorkflow/scopes`` whose steps are being read.
    var scope = 0
    /// Set once the limit has been reported.
    var hasTooManySteps = false
    let knowsTimeZone: (String) -> Bool

    package init(_ findings: FindingList, knowsTimeZone: @escaping (String) -> Bool = { _ in true }) {
        self.findings = findings
        self.knowsTimeZone = knowsTimeZone
    }

    package mutating func report(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        findings.add(code, at: position, message, help: help)
    }

    /// Reports the keys that nobody will read.
    ///
    /// - Parameter place: where in the file this is, in words: `a workflow`.
    package mutating func checkKeys(of map: YAMLMap, in place: String, known: [String]) {
        for entry in map.entries where !known.contains(entry.key) {
            let meant = findings.meant(by: entry.key, among: known)
            report(
                .unknownKey, entry.keyPosition, "\(quoted(entry.key)) is not a key of \(place)",
                help: meant.map { "did you mean '\($0)'?" } ?? "the keys are \(known.joined(separator: ", "))")
        }
    }

    /// Reports what is no map.
    package mutating func map(_ entry: YAMLEntry, _ what: String, help: String) -> YAMLMap? {
        switch entry.value.content {
        case .map(let map): return map
        case .broken: return nil
        case .scalar, .list:
            report(
                .wrongShape, entry.position, "\(what) must be a map, but here is \(entry.value.kind)", help: help)
            return nil
        }
    }

    /// The items of a list, none if there are too many.
    ///
    /// - Parameters:
    ///   - things: what they are, in words: `locks`.
    ///   - advice: what to do without so many.
    mutating func list(
        _ entry: YAMLEntry, _ what: String, help: String, atMost limit: Int, _ things: String, advice: String
    ) -> [YAMLNode] {
        guard let items = list(entry, what, help: help) else { return [] }
        guard items.count > limit else { return items }
        report(.limitPassed, entry.position, "more than \(limit) \(things)", help: advice)
        return []
    }

    /// Reports what is no list.
    package mutating func list(_ entry: YAMLEntry, _ what: String, help: String) -> [YAMLNode]? {
        switch entry.value.content {
        case .list(let items): return items
        case .broken: return nil
        case .scalar, .map:
            report(
                .wrongShape, entry.position, "\(what) must be a list, but here is \(entry.value.kind)", help: help)
            return nil
        }
    }
}
