internal import Yams

/// Turns the text of a file into nodes with positions, and refuses the parts of YAML that make a
/// definition mean something else than it seems to say.
package struct YAMLReader {
    /// How deep lists and maps may stand in each other.
    ///
    /// The deepest steps come first to their own limit: a level of them takes up to six of these, of a `parallel` the
    /// list of steps, the step with its name, what it says, the list of branches, a branch with its name, and what that
    /// says. In the innermost stands a value as deep as one may be.
    static let depthLimit = DefinitionReader.nestingLimit * 6 + DefinitionReader.valueDepthLimit + 8

    private let source: SourceText

    private init(source: SourceText) {
        self.source = source
    }

    /// Nil when the text cannot be read at all, which has then been reported.
    package static func read(_ text: String, _ findings: inout FindingList) -> YAMLNode? {
        let source = findings.source
        guard YAMLGuard(source: source).allows(&findings) else { return nil }
        do {
            // The basic resolver guesses no types: every scalar stays text. UTF-8 whatever the environment says.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else { return YAMLNode(position: .start, content: .broken) }
            return YAMLReader(source: source).convert(root, depth: 1, at: .start, &findings)
        } catch {
            YAMLFailure(error, source: source).report(to: &findings)
            return nil
        }
    }

    /// - Parameter key: where the entry's key stands, for a value that is not there.
    private func convert(_ node: Node, depth: Int, at key: Position, _ findings: inout FindingList) -> YAMLNode {
        let position = node.mark.map { Position(line: $0.line, column: $0.column) } ?? key
        guard !isMarked(position, node, &findings) else { return YAMLNode(position: position, content: .broken) }
        switch node {
        case .scalar(let scalar):
            let converted = YAMLScalar(text: scalar.string, style: style(of: scalar))
            return YAMLNode(position: converted.isEmpty ? key : position, content: .scalar(converted))
        case .sequence, .mapping:
            guard depth <= YAMLReader.depthLimit else {
                findings.add(
                    .limitPassed, at: position, "more than \(YAMLReader.depthLimit) lists and maps inside each other",
                    help: "make it flatter")
                return YAMLNode(position: position, content: .broken)
            }
            if case .sequence(let sequence) = node {
                let items = sequence.map { convert($0, depth: depth + 1, at: position, &findings) }
                return YAMLNode(position: position, content: .list(items))
            }
            guard case .mapping(let mapping) = node else { break }
            let map = convert(mapping, depth: depth, &findings)
            return YAMLNode(position: position, content: .map(map))
        case .alias:
            break
        }
        return YAMLNode(position: position, content: .broken)
    }

    private func convert(_ mapping: Node.Mapping, depth: Int, _ findings: inout FindingList) -> YAMLMap {
        var entries: [YAMLEntry] = []
        var seen: Set<ByteKey> = []
        for (keyNode, valueNode) in mapping {
            let place = keyNode.mark.map { Position(line: $0.line, column: $0.column) } ?? .start
            guard let key = key(keyNode, at: place, &findings) else { continue }
            guard seen.insert(ByteKey(key)).inserted else {
                YAMLFailure.duplicateKey(key, at: place, first: nil).report(to: &findings)
                continue
            }
            let value = convert(valueNode, depth: depth + 1, at: place, &findings)
            entries.append(YAMLEntry(key: key, keyPosition: place, value: value))
        }
        return YAMLMap(entries: entries, isComplete: entries.count == mapping.count)
    }

    private func key(_ node: Node, at position: Position, _ findings: inout FindingList) -> String? {
        guard !isMarked(position, node, &findings) else { return nil }
        guard case .scalar(let scalar) = node else {
            findings.add(
                .keyNotText, at: position, "a key must be text, not a list or a map",
                help: "write 'name: value'; text that begins with '{' or '[' stands in quotes")
            return nil
        }
        guard scalar.style == .plain else { return scalar.string }
        if scalar.string == "<<" {
            findings.add(
                .yamlFeature, at: position, "merge keys ('<<') are not part of the workflow language",
                help: "write the keys out; `defaults` holds what many steps share")
            return nil
        }
        guard let other = PlainScalar.meaning(of: scalar.string) else { return scalar.string }
        findings.add(
            .keyNotText, at: position,
            "a key must be text, but "
                + (scalar.string.isEmpty ? "this one is empty" : "\(quoted(scalar.string)) is \(other)"),
            help: scalar.string.isEmpty ? "give the value a name" : "put it in quotes: \"\(scalar.string)\"")
        return nil
    }

    /// Tags and anchors stand at the very place where their node begins.
    private func isMarked(_ position: Position, _ node: Node, _ findings: inout FindingList) -> Bool {
        switch source.scalar(at: position) {
        case "!":
            findings.add(
                .yamlFeature, at: position, "tags ('!…') are not part of the workflow language",
                help: "leave the tag out; text that begins with '!' stands in quotes")
        case "&":
            findings.add(
                .yamlFeature, at: position, "anchors ('&…') are not part of the workflow language",
                help: "leave the anchor out; text that begins with '&' stands in quotes")
        case "*":
            // Only a pattern of the guard that is too lax could bring us here.
            findings.add(
                .yamlFeature, at: position, "aliases ('*…') are not part of the workflow language",
                help: "write the value out; text that begins with '*' stands in quotes")
        default:
            return false
        }
        return true
    }

    private func style(of scalar: Node.Scalar) -> YAMLScalar.Style {
        switch scalar.style {
        case .any, .plain: .plain
        case .singleQuoted, .doubleQuoted: .quoted
        case .literal, .folded: .block
        }
    }
}
