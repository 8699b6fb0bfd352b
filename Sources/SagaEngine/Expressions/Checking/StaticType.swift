/// What is known about a value before there is one.
///
/// The check is gradual: ``any`` fits everywhere, and only what can never be right is found wrong.
public indirect enum StaticType: Sendable, Hashable {
    /// Nothing is known.
    case any
    case null
    case bool
    case int
    case decimal
    /// An int or a decimal, as its digits will tell.
    case number
    case string
    case list(of: StaticType)
    case object(ObjectType)
    /// One of these; none at all for the items of an empty list.
    case either([StaticType])
}

/// The members of a map.
public struct ObjectType: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let name: String
        public var type: StaticType
        /// Whether the map always has it.
        public var isRequired: Bool

        public init(_ name: String, _ type: StaticType, isRequired: Bool = true) {
            self.name = name
            self.type = type
            self.isRequired = isRequired
        }
    }

    public var members: [Member]
    /// Whether it may have members that are not listed.
    public var isOpen: Bool

    public init(_ members: [Member], isOpen: Bool = false) {
        self.members = members
        self.isOpen = isOpen
    }

    public subscript(_ name: String) -> Member? {
        members.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

extension StaticType {
    /// The types that it may be, none of them a number or one of several.
    var alternatives: [StaticType] {
        switch self {
        case .number: [.int, .decimal]
        case .either(let types): types.flatMap(\.alternatives)
        case .any, .null, .bool, .int, .decimal, .string, .list, .object: [self]
        }
    }

    /// One type for values of any of these.
    static func union(_ types: [StaticType]) -> StaticType {
        var parts: [StaticType] = []
        for type in types.flatMap(\.alternatives) where !parts.contains(type) { parts.append(type) }
        if parts.contains(.any) { return .any }
        if parts.count == 2, parts.contains(.int), parts.contains(.decimal) { return .number }
        return parts.count == 1 ? parts[0] : .either(parts)
    }

    /// Whether it can be of one of these kinds. What there is none of, an item of an empty list, can be anything.
    func canBe(_ kinds: [Kind]) -> Bool {
        let alternatives = alternatives
        return alternatives.isEmpty || alternatives.contains { type in type.kind.map { kinds.contains($0) } ?? true }
    }

    func canBe(_ kinds: Kind...) -> Bool { canBe(kinds) }

    enum Kind: String {
        case null, bool, int, decimal, string, list, map
    }

    /// Nil for what may be anything, and for several.
    var kind: Kind? {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .decimal: .decimal
        case .string: .string
        case .list: .list
        case .object: .map
        case .any, .number, .either: nil
        }
    }

    /// As messages name it: "string or null".
    var name: String {
        if case .number = self { return "number" }
        return Wording.choice(alternatives.map { $0.kind?.rawValue ?? "any" }.removingRepeated())
    }

    /// This type, or ``any`` if it has grown so large or deep that comparing it would take long: a macro can put a type into
    /// itself many times over.
    var bounded: StaticType {
        var room = 2000
        return fits(&room, depth: 0) ? self : .any
    }

    private func fits(_ room: inout Int, depth: Int) -> Bool {
        room -= 1
        guard room > 0, depth < 64 else { return false }
        switch self {
        case .any, .null, .bool, .int, .decimal, .number, .string: return true
        case .list(let items): return items.fits(&room, depth: depth + 1)
        case .object(let object):
            for member in object.members where !member.type.fits(&room, depth: depth + 1) { return false }
            return true
        case .either(let types):
            for type in types where !type.fits(&room, depth: depth + 1) { return false }
            return true
        }
    }
}

extension [String] {
    fileprivate func removingRepeated() -> [String] {
        var result: [String] = []
        for word in self where !result.contains(word) { result.append(word) }
        return result
    }
}
