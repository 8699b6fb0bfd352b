extension JSON {
    /// The members of an object, in their order. No name stands twice; names are compared by UTF-8 bytes.
    ///
    /// Looking up a name walks the members, which for the handful that messages carry is faster than
    /// hashing; whoever needs many lookups in a huge object builds an index over ``names``.
    public struct Object: Sendable {
        /// A name and what stands under it.
        public typealias Member = (name: String, value: JSON)

        private(set) var members: [Member]

        /// No members.
        public init() {
            members = []
        }

        /// The members in the order given.
        ///
        /// - Precondition: no name stands twice. Members from outside come through
        ///   ``JSON/init(parsing:limits:)-([UInt8],_)`` or are set one by one.
        public init(uniqueMembers: some Sequence<(name: String, value: JSON)>) {
            members = []
            members.reserveCapacity(uniqueMembers.underestimatedCount)
            var names = RepeatedNames()
            for member in uniqueMembers {
                precondition(names.isNew(member.name, after: members), "a name stands twice")
                members.append(member)
            }
        }

        /// For the parser, which has looked at the names itself.
        init(checkedMembers: [Member]) {
            members = checkedMembers
        }

        /// The value under a name, or nil; setting nil takes the member out, a new name goes to the end.
        public subscript(name: String) -> JSON? {
            get {
                for member in members where member.name.hasSameBytes(as: name) {
                    return member.value
                }
                return nil
            }
            set {
                let index = members.firstIndex { $0.name.hasSameBytes(as: name) }
                switch (index, newValue) {
                case (let index?, let value?): members[index].value = value
                case (let index?, nil): members.remove(at: index)
                case (nil, let value?): members.append((name, value))
                case (nil, nil): break
                }
            }
        }

        /// The names in their order.
        public var names: [String] {
            members.map(\.name)
        }
    }
}

extension JSON.Object: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }

    public subscript(position: Int) -> Member {
        members[position]
    }
}

extension JSON.Object: Hashable {
    public static func == (left: JSON.Object, right: JSON.Object) -> Bool {
        guard left.members.count == right.members.count else { return false }
        return zip(left.members, right.members).allSatisfy { left, right in
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in members {
            member.name.hashBytes(into: &hasher)
            hasher.combine(member.value)
        }
    }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    /// - Precondition: no name stands twice.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(uniqueMembers: elements.lazy.map { (name: $0.0, value: $0.1) })
    }
}

/// Tells whether a name stood before among the members of one object: a few are compared one by one,
/// more are hashed, so that a huge object costs no more a member than a small one.
///
/// Hashing is seeded per process, so no input can be made to collide.
struct RepeatedNames {
    private static let compared = 8

    private var hashed: Set<ByteKey> = []

    /// Whether `name` is new after `members`; to be asked once for every member, in their order.
    mutating func isNew(_ name: String, after members: [JSON.Object.Member]) -> Bool {
        guard members.count > RepeatedNames.compared else {
            for member in members where member.name.hasSameBytes(as: name) {
                return false
            }
            return true
        }
        if hashed.isEmpty {
            hashed = Set(members.lazy.map { ByteKey(text: $0.name) })
        }
        return hashed.insert(ByteKey(text: name)).inserted
    }
}
