internal import SagaValues
internal import Yams

extension ProfileFile {
    static let members = ["url", "token-file", "token-command", "token", "tenant", "protected"]

    /// What is not understood is an error: a misspelt `protected` must not be silence. Errors name places, never
    /// what stands there, which may be a token.
    mutating func parse(_ text: String) throws(ProfileError) {
        guard let root = try compose(text), root.null == nil else { return }
        for (name, value, line) in try entries(of: root, "the file") {
            switch name {
            case "default": initial = try self.text(value, "default", line)
            case "profiles":
                for (name, value, line) in try entries(of: value, "profiles") {
                    profiles.append(try profile(name, value, line))
                }
            default: throw flaw(line, "\"\(name)\" is none of default, profiles")
            }
        }
        if let initial, !profiles.contains(where: { $0.name == initial }) {
            throw flaw(nil, "default: names no profile of the file; mend it with \"saga profile use NAME\"")
        }
    }

    private func compose(_ text: String) throws(ProfileError) -> Node? {
        do {
            return try Parser(yaml: text, resolver: .default, encoding: .utf8).singleRoot()
        } catch {
            throw flaw(nil, "it is no YAML, or a key stands in it twice")
        }
    }

    private func profile(_ name: String, _ value: Node, _ line: Int?) throws(ProfileError) -> Profile {
        guard Profile.isName(name) else {
            throw flaw(line, "a profile's name has letters, digits, '.', '_' and '-', 64 at most")
        }
        var profile = Profile(name: name, url: "")
        for (member, value, line) in try entries(of: value, name) {
            let place = "\(member) of \(name)"
            let former = profile.token?.kind
            switch member {
            case "url": profile.url = try text(value, place, line)
            case "token-file": profile.token = .file(try text(value, place, line))
            case "token-command": profile.token = .command(try text(value, place, line))
            case "token": profile.token = .text(Secret(try text(value, place, line)))
            case "tenant": profile.tenant = try text(value, place, line)
            case "protected":
                guard let isProtected = value.bool else { throw flaw(line, "\(place) is true or false") }
                profile.isProtected = isProtected
            default:
                throw flaw(line, "\"\(member)\" is none of \(Self.members.joined(separator: ", "))")
            }
            if let former, former != profile.token?.kind { throw flaw(line, "\(name) has two tokens: leave one") }
        }
        guard !profile.url.isEmpty else { throw flaw(line, "\(name) has no url") }
        return profile
    }

    private func entries(of node: Node, _ place: String) throws(ProfileError) -> [(String, Node, Int?)] {
        guard let mapping = node.mapping else { throw flaw(node.mark?.line, "\(place) must be a map") }
        var entries: [(String, Node, Int?)] = []
        for (key, value) in mapping {
            let line = key.mark?.line
            guard let name = key.scalar?.string else { throw flaw(line, "a key of \(place) is no word") }
            entries.append((Terminal.clean(name), value, line))
        }
        return entries
    }

    private func text(_ node: Node, _ place: String, _ line: Int?) throws(ProfileError) -> String {
        guard let text = node.scalar?.string, node.null == nil, !text.isEmpty,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw flaw(line, "\(place) must be text on one line") }
        return text
    }

    private func flaw(_ line: Int?, _ message: String) -> ProfileError {
        ProfileError(.unusable, "\(path)\(line.map { ", line \($0)" } ?? ""): \(message)")
    }
}
