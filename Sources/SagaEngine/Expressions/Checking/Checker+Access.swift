/// Members, elements and macros.
extension Checker {
    mutating func type(
        of suffix: Suffix, on type: StaticType, _ known: KnownPaths, isKnown: Bool
    ) -> StaticType {
        switch suffix.kind {
        case .member(let name): return member(name, of: type, suffix.range, isKnown: isKnown)
        case .index(let key): return element(key, of: type, suffix.range, known)
        case .call(let function, let arguments):
            var types: [(StaticType, TextRange)] = [(type, suffix.range)]
            for argument in arguments { types.append((self.type(of: argument, known), argument.range)) }
            return result(of: function, types, suffix.range)
        case .matches:
            require(type, [.string], "matches()", suffix.range)
            return .bool
        case .each(let each): return comprehension(each, type, suffix.range, known)
        }
    }

    mutating func member(
        _ name: String, of type: StaticType, _ range: TextRange, isKnown: Bool
    ) -> StaticType {
        var found: [StaticType] = []
        var maps = 0, certain = 0
        for alternative in type.alternatives {
            switch alternative {
            case .any: return .any
            case .object(let object):
                maps += 1
                if let member = object[name] {
                    found.append(member.type)
                    if member.isRequired { certain += 1 }
                } else if object.isOpen {
                    found.append(.any)
                    certain += 1
                }
            case .null, .bool, .int, .decimal, .number, .string, .list, .either: break
            }
        }
        if type.alternatives.isEmpty { return .any }
        guard maps > 0 else {
            report(
                .wrongType, range, "\(Wording.a(type.name)) has no members such as '\(name)'",
                help: type.canBe(.list)
                    ? "take an item of the list first: list[0].\(name)" : "see which value was meant")
            return .any
        }
        guard !found.isEmpty else {
            let names = type.alternatives.flatMap { alternative in
                if case .object(let object) = alternative { object.members.map(\.name) } else { [] as [String] }
            }
            report(
                .unknownMember, range, "there is never a member '\(name)'",
                help: names.isEmpty
                    ? "it has no members at all" : "there are \(names.prefix(20).joined(separator: ", "))")
            return .any
        }
        if certain == 0, !isKnown {
            report(
                .perhapsMissing, range, "the member '\(name)' may be missing",
                help: "ask first: has(x.\(name)) ? x.\(name) : 'otherwise', or has(x.\(name)) && …")
        }
        return .union(found)
    }

    private mutating func element(
        _ key: Node, of type: StaticType, _ range: TextRange, _ known: KnownPaths
    ) -> StaticType {
        let keyType = self.type(of: key, known)
        var found: [StaticType] = []
        for alternative in type.alternatives {
            switch alternative {
            case .any: return .any
            case .list(let items): if keyType.canBe(.int, .decimal) { found.append(items) }
            case .object(let object):
                guard keyType.canBe(.string) else { break }
                found += object.isOpen ? [.any] : object.members.map(\.type)
                if object.members.isEmpty { found.append(.any) }
            case .null, .bool, .int, .decimal, .number, .string, .either: break
            }
        }
        if type.alternatives.isEmpty || keyType.alternatives.isEmpty { return .any }
        guard !found.isEmpty else {
            report(
                .wrongType, range, "\(Wording.a(type.name)) has no elements by \(Wording.a(keyType.name))",
                help: "lists have elements by number, maps by text; a character of a text is text.charAt(0)")
            return .any
        }
        return .union(found)
    }

    // MARK: Macros

    private mutating func comprehension(
        _ each: Comprehension, _ type: StaticType, _ range: TextRange, _ known: KnownPaths
    ) -> StaticType {
        require(type, [.list, .map], "\(each.macro.rawValue)()", range)
        locals.append(item(of: type))
        defer { locals.removeLast() }
        guard each.macro.asks(withTransform: each.transform != nil) else {
            return StaticType.list(of: self.type(of: each.body, known)).bounded
        }
        condition(each.body, known)
        let asked = KnownPaths.asked(by: each.body, is: true)
        if let transform = each.transform {
            return StaticType.list(of: self.type(of: transform, known.adding(asked.flatMap(\.withPrefixes)))).bounded
        }
        guard each.macro == .filter else { return .bool }
        // What the condition has asked about is there in every item that is left.
        let item = asked.reduce(item(of: type)) { item, path in
            path.root == .local(each.level) ? item.having(path.components[...]) : item
        }
        return .list(of: item)
    }

    private func item(of type: StaticType) -> StaticType {
        .union(
            type.alternatives.compactMap { alternative in
                switch alternative {
                case .any: .any
                case .list(let items): items
                case .object: .string
                case .null, .bool, .int, .decimal, .number, .string, .either: nil
                }
            })
    }
}

extension StaticType {
    /// This type, with that member of a member there for certain.
    fileprivate func having(_ components: ArraySlice<Reference.Component>) -> StaticType {
        guard case .member(let name)? = components.first else { return self }
        switch self {
        case .object(var object):
            for index in object.members.indices where object.members[index].name.utf8.elementsEqual(name.utf8) {
                object.members[index].isRequired = true
                object.members[index].type = object.members[index].type.having(components.dropFirst())
            }
            return .object(object)
        case .either(let types): return .either(types.map { $0.having(components) })
        case .any, .null, .bool, .int, .decimal, .number, .string, .list: return self
        }
    }
}
