internal import Patterns
internal import SagaValues

/// A part of an expression that has been read.
///
/// What repeats without brackets is one node with a list, so that `a + a + …`, `!!!…`, `a.b.c…` and `a ? b : c ? …`
/// are no deeper than one of them: only brackets and operators of different levels nest, and their depth is limited.
/// That keeps every walk over the tree, and its release, within any thread's stack.
struct Node: Sendable {
    let kind: Kind
    let range: TextRange
    /// How many levels of nodes there are, this one included.
    let height: Int

    init(kind: Kind, range: TextRange) {
        self.kind = kind
        self.range = range
        height = 1 + kind.innerHeight
    }

    indirect enum Kind: Sendable {
        case literal(Literal)
        /// One of the expression's variables, by its index.
        case variable(Int)
        /// The variable of a macro, by how many macros stand around that one.
        case local(level: Int, name: String)
        case list([Node])
        case map([Entry])
        /// `!` and `-`, the outermost first.
        case prefixed([Prefix], Node)
        /// Operators that bind equally, from left to right.
        case chain(Node, [Link])
        /// The value of the first branch whose condition holds, or else the last one.
        case conditional([Branch], otherwise: Node)
        /// Members, indexes and calls of a value, one after the other.
        case path(Node, [Suffix])
        case call(Function, [Node])
        /// Whether the value of the node has that member.
        case has(Node, String)
    }

    struct Entry: Sendable {
        let key: Node
        let value: Node
    }

    struct Link: Sendable {
        let symbol: BinaryOperator
        let operand: Node
        /// Of the operator.
        let range: TextRange
    }

    struct Branch: Sendable {
        let condition: Node
        let value: Node
    }
}

extension Node.Kind {
    fileprivate var innerHeight: Int {
        switch self {
        case .literal, .variable, .local: 0
        case .list(let items), .call(_, let items): items.height
        case .map(let entries): entries.lazy.map { max($0.key.height, $0.value.height) }.max() ?? 0
        case .prefixed(_, let operand), .has(let operand, _): operand.height
        case .chain(let first, let links): max(first.height, links.lazy.map(\.operand.height).max() ?? 0)
        case .conditional(let branches, let otherwise):
            max(otherwise.height, branches.lazy.map { max($0.condition.height, $0.value.height) }.max() ?? 0)
        case .path(let base, let suffixes): max(base.height, suffixes.lazy.map(\.height).max() ?? 0)
        }
    }
}

extension [Node] {
    fileprivate var height: Int { self.lazy.map(\.height).max() ?? 0 }
}

extension Suffix {
    /// A macro counts for three: so many calls stand between it and its body when it is evaluated.
    fileprivate var height: Int {
        switch kind {
        case .member, .matches: 0
        case .index(let key): key.height
        case .call(_, let arguments): arguments.height
        case .each(let each): 3 + max(each.body.height, each.transform?.height ?? 0)
        }
    }
}

enum Literal: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case decimal(ExactDecimal)
    case string(String)
}

enum Prefix: Sendable {
    case not, negative
}

/// What follows a value without a space.
struct Suffix: Sendable {
    let kind: Kind
    /// From its dot or bracket to its end.
    let range: TextRange

    enum Kind: Sendable {
        /// `.name` and `["name"]`, which mean the same.
        case member(String)
        case index(Node)
        case call(Function, [Node])
        case matches(Pattern)
        case each(Comprehension)
    }
}

/// A macro that goes through a list, or through the names of a map.
struct Comprehension: Sendable {
    let macro: Macro
    let variable: String
    /// How many macros stand around this one.
    let level: Int
    /// The condition, or what `map` with two arguments makes of each.
    let body: Node
    /// What `map` with three arguments makes of those that fit.
    let transform: Node?
}

enum Macro: String, Sendable, CaseIterable {
    case all, exists, map, filter
    case existsOne = "exists_one"

    /// Whether the body says yes or no.
    func asks(withTransform: Bool) -> Bool { self != .map || withTransform }
}
