extension JSON {
    /// The value after a merge patch: members of `patch` take the place of its own, `null` removes one, and anything but
    /// an object takes the place of the whole (RFC 7396).
    public func patched(with patch: JSON) -> JSON {
        guard let changes = patch.objectValue else { return patch }
        let own = objectValue ?? [:]
        // Looked up by name in one go: both may have very many members.
        var rest = Dictionary(changes.map { (Array($0.name.utf8), $0.value) }, uniquingKeysWith: { _, last in last })
        var members: [(String, JSON)] = []
        for (name, value) in own {
            guard let change = rest.removeValue(forKey: Array(name.utf8)) else {
                members.append((name, value))
                continue
            }
            if !change.isNull { members.append((name, value.patched(with: change))) }
        }
        for (name, change) in changes where !change.isNull && rest[Array(name.utf8)] != nil {
            members.append((name, JSON.null.patched(with: change)))
        }
        return .object(JSON.Object(uniqueMembers: members))
    }
}
