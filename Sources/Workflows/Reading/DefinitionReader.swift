internal import SagaValues

/// Reads the shape of a definition: which keys there are and what kind of value each has.
///
/// Reading never stops at a mistake. It reports it, leaves the part out, and reads on; what refers to
/// the part left out is not reported again.
struct DefinitionReader {
    static let stepLimit = 1000
    /// How deep `parallel` may stand in `parallel`.
    static let parallelLimit = 20

    var findings: FindingList
    var draft = DraftWorkflow()
    /// Set once the limit has been reported.
    var hasTooManySteps = false

    init(_ findings: FindingList) {
        self.findings = findings
    }

    mutating func report(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        findings.add(code, at: position, message, help: help)
    }

    /// Reports the keys that nobody will read.
    ///
    /// - Parameters:
    ///   - place: where in the file this is, in words: `a step`.
    ///   - later: keys that a later version will know, and what they are.
    mutating func checkKeys(
        of map: YAMLMap, in place: String, known: [String], later: [String: String] = [:]
    ) {
        for entry in map.entries where !known.contains(entry.key) {
            if let what = later[entry.key] {
                reportLater(entry, what)
            } else if let meant = suggestion(for: entry.key, among: known + later.keys) {
                report(
                    .unknownKey, entry.keyPosition, "\(quoted(entry.key)) is not a key of \(place)",
                    help: "did you mean '\(meant)'?")
            } else {
                report(
                    .unknownKey, entry.keyPosition, "\(quoted(entry.key)) is not a key of \(place)",
                    help: "the keys are \(known.joined(separator: ", "))")
            }
        }
    }

    mutating func reportLater(_ entry: YAMLEntry, _ what: String) {
        report(
            .notSupported, entry.keyPosition, "'\(entry.key)' (\(what)) is not supported by this version",
            help: "leave it out; docs/WORKFLOWS.md lists what this version has")
    }

    /// Reports what is no map.
    mutating func map(_ entry: YAMLEntry, _ what: String, help: String) -> YAMLMap? {
        switch entry.value.content {
        case .map(let map): return map
        case .broken: return nil
        case .scalar, .list:
            report(
                .wrongShape, entry.position, "\(what) must be a map, but here is \(entry.value.kind)", help: help)
            return nil
        }
    }

    /// Reports what is no list.
    mutating func list(_ entry: YAMLEntry, _ what: String, help: String) -> [YAMLNode]? {
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
