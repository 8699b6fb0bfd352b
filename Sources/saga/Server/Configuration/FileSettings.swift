internal import Foundation
internal import Workflows
internal import Yams

/// The settings that a YAML file holds, as texts by their keys.
///
/// Errors name lines, never what stands on them: it may be a secret.
enum FileSettings {
    static func read(_ path: String, known: Set<String>) throws(ConfigurationError) -> [String: String] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError(.unreadableFile, "cannot read \(path): \(error.localizedDescription)")
        }
        let root: Yams.Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw ConfigurationError(.unreadableFile, "\(path) is not YAML: \(problem(in: error))")
        }
        // Nothing but comments.
        guard let root, root.null == nil else { return [:] }
        guard root.mapping != nil else {
            throw ConfigurationError(
                .unreadableFile, "\(path) must be a map with the settings in it, such as http: and below it port: 7070")
        }
        var values: [String: String] = [:]
        for leaf in leaves(of: root, prefix: "") {
            let place = "\(leaf.key) in \(path)\(leaf.line.map { ", line \($0)" } ?? "")"
            guard known.contains(leaf.key) else { throw unknown(leaf, in: path, known) }
            guard let value = leaf.node.scalar?.string, leaf.node.null == nil else {
                throw ConfigurationError(.malformedValue, "\(place) must be a single value")
            }
            guard values.updateValue(value, forKey: leaf.key) == nil else {
                throw ConfigurationError(.malformedValue, "\(place) stands there twice; leave one")
            }
        }
        return values
    }

    /// What is far from every name may be no name at all, but a part of a secret: the rest of `{password: a,b}`.
    private static func unknown(_ leaf: Leaf, in path: String, _ known: Set<String>) -> ConfigurationError {
        let line = leaf.line.map { ", line \($0)" } ?? ""
        let isMeant = suggestion(for: leaf.key, among: known) != nil
        return .unknown(
            "setting", leaf.key, place: "\(isMeant ? "\(leaf.key) in " : "in ")\(path)\(line)", among: known)
    }

    private struct Leaf {
        let key: String
        let node: Yams.Node
        let line: Int?
    }

    private static func leaves(of node: Yams.Node, prefix: String) -> [Leaf] {
        guard let mapping = node.mapping else { return [Leaf(key: prefix, node: node, line: node.mark?.line)] }
        return mapping.flatMap { key, value in
            leaves(of: value, prefix: (prefix.isEmpty ? "" : prefix + ".") + (key.string ?? "?"))
        }
    }

    /// In one line, and without the excerpt that the parser's own description has.
    private static func problem(in error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)"
        case .reader(let problem, _, _, _): problem
        case .duplicatedKeysInMapping(let names, let context):
            "line \(context.mark.line): \(names.joined(separator: ", ")) stands there twice; leave one"
        default: "it cannot be parsed"
        }
    }
}
