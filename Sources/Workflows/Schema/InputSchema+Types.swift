internal import Expressions
internal import SagaCore

extension InputSchema {
    /// What expressions have to know of the input: the places that they read, and no others, so that a large schema
    /// costs no more than what is read of it.
    func type(read paths: [ArraySlice<SagaCore.Reference.Component>]) -> StaticType {
        paths.contains(where: \.isEmpty) ? whole : root.type(paths)
    }
}

extension Schema {
    /// All that is known, as long as it is not too much to look at again and again.
    func whole(_ room: inout Int) -> StaticType {
        room -= 1
        guard case .rules(let rules) = self, room > 0 else { return .any }
        return rules.type(list: { rules.items.whole(&$0) }, object: { rules.whole(&$0) }, &room)
    }

    fileprivate func type(_ paths: [ArraySlice<SagaCore.Reference.Component>]) -> StaticType {
        var room = 100
        if paths.contains(where: \.isEmpty) { return whole(&room) }
        guard case .rules(let rules) = self else { return .any }
        return rules.type(
            list: { _ in rules.items.type(paths.filter { $0.first.isElement }.map { $0.dropFirst() }) },
            object: { _ in rules.object(paths) }, &room)
    }
}

extension SchemaRules {
    fileprivate func type(
        list: (inout Int) -> StaticType, object: (inout Int) -> StaticType, _ room: inout Int
    ) -> StaticType {
        var alternatives: [StaticType] = []
        for type in knownTypes {
            switch type {
            case .null: alternatives.append(.null)
            case .boolean: alternatives.append(.bool)
            case .integer: alternatives.append(.int)
            case .number: alternatives.append(.number)
            case .string: alternatives.append(.string)
            case .array: alternatives.append(.list(of: list(&room)))
            case .object: alternatives.append(object(&room))
            }
        }
        if alternatives.isEmpty { return .any }
        return alternatives.count == 1 ? alternatives[0] : .either(alternatives)
    }

    /// Those that are said, or that follow from what is said.
    private var knownTypes: [SchemaType] {
        if !types.isEmpty { return types }
        let values = allowed ?? constant.map { [$0] } ?? []
        if !values.isEmpty { return SchemaType.allCases.filter { type in values.contains { type.matches($0) } } }
        return properties.isEmpty ? [] : [.object]
    }

    /// With all of its members, or with those for which there is room.
    fileprivate func whole(_ room: inout Int) -> StaticType {
        var members: [ObjectType.Member] = []
        for name in propertyNames {
            guard room > 0 else { return .object(ObjectType(members, isOpen: true)) }
            let type = (properties[ByteKey(name)] ?? .any).whole(&room)
            members.append(.init(name, type, isRequired: requires(name)))
        }
        let isNever = if case .never = additional { true } else { false }
        return .object(ObjectType(members, isOpen: mentionsAdditional ? !isNever : properties.isEmpty))
    }

    /// With the members that are read.
    fileprivate func object(_ paths: [ArraySlice<SagaCore.Reference.Component>]) -> StaticType {
        var below: [(name: String, paths: [ArraySlice<SagaCore.Reference.Component>])] = []
        for path in paths {
            guard case .member(let name)? = path.first, properties[ByteKey(name)] != nil else { continue }
            if let index = below.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                below[index].paths.append(path.dropFirst())
            } else {
                below.append((name, [path.dropFirst()]))
            }
        }
        let members = below.map { name, paths in
            ObjectType.Member(name, (properties[ByteKey(name)] ?? .any).type(paths), isRequired: requires(name))
        }
        return .object(ObjectType(members, isOpen: true))
    }
}

extension SagaCore.Reference.Component? {
    fileprivate var isElement: Bool {
        if case .element? = self { true } else { false }
    }
}

extension StaticType {
    /// What an item of the list is; anything where that is not known.
    var items: StaticType {
        switch self {
        case .list(let items): if case .either(let types) = items, types.isEmpty { .any } else { items }
        case .any, .null, .bool, .int, .decimal, .number, .string, .object, .either: .any
        }
    }

    /// This type, with places that are known to be there though they need not be.
    func having(_ paths: [[SagaCore.Reference.Component]]) -> StaticType {
        paths.reduce(self) { $0.having($1[...]) }
    }

    private func having(_ path: ArraySlice<SagaCore.Reference.Component>) -> StaticType {
        guard case .member(let name)? = path.first else { return self }
        switch self {
        case .object(var object):
            for index in object.members.indices where object.members[index].name.utf8.elementsEqual(name.utf8) {
                object.members[index].isRequired = true
                object.members[index].type = object.members[index].type.having(path.dropFirst())
            }
            return .object(object)
        case .either(let types): return .either(types.map { $0.having(path) })
        case .any, .null, .bool, .int, .decimal, .number, .string, .list: return self
        }
    }

    var canBeText: Bool { canBe { if case .string = $0 { true } else { false } } }

    /// Whether it can stand within text, apart from text itself.
    var canBeWritten: Bool {
        canBe { type in
            switch type {
            case .bool, .int, .decimal, .number: true
            case .any, .null, .string, .list, .object, .either: false
            }
        }
    }

    private func canBe(_ fits: (StaticType) -> Bool) -> Bool {
        switch self {
        case .any: true
        case .either(let types): types.isEmpty || types.contains { $0.canBe(fits) }
        case .null, .bool, .int, .decimal, .number, .string, .list, .object: fits(self)
        }
    }
}
