/// A workflow as a graph, with the state of a saga on it if one is given. A value: what draws it comes after.
///
/// Made by ``init(_:saga:)``; drawn by ``mermaid``, ``dot`` and ``svg``. The same plan and saga give the same bytes.
public struct Diagram: Sendable, Hashable {
    /// The workflow and its version.
    public let title: String
    /// How the saga is; nil without one.
    public let subtitle: String?
    public let nodes: [Node]
    /// Where the saga goes, and where its undo went or will go.
    public let edges: [Edge]
    /// The bodies of `each`, a box around each. A group stands before those within it.
    public let groups: [Group]
    /// How the nodes are nested, for the layout.
    let root: Block

    /// Whether the state of a saga is drawn.
    public var showsState: Bool { subtitle != nil }

    public struct Node: Sendable, Hashable {
        public let kind: Kind
        /// The step's name, or that of the `parallel`. Free of characters that cannot be written.
        public let name: String
        /// What happens there, how it is undone, and on what it depends: a line each, as long as it is.
        public let details: [String]
        /// How it differs from a plain step.
        public let marks: [Mark]
        /// Nil for what is no step of the saga itself.
        public let state: State?
        /// How far the items of an `each` are.
        public let progress: String?
        /// The innermost group that it stands in.
        public let group: Int?
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case start, end
        case action, emit, choice, wait, listen, approval, run, each
        /// Where the branches of a `parallel` begin.
        case fork
        /// Where branches or cases come together again.
        case join
        /// The bar behind the pivot.
        case noReturn

        /// Whether it stands for a step of the plan.
        public var isStep: Bool {
            switch self {
            case .action, .emit, .choice, .wait, .listen, .approval, .run, .each: true
            case .start, .end, .fork, .join, .noReturn: false
            }
        }
    }

    public enum Mark: String, Sendable, Hashable, CaseIterable {
        case readonly, optional, skippable, pivot
    }

    public enum State: String, Sendable, Hashable, CaseIterable {
        case notReached = "not reached"
        case running
        case waiting
        /// A person has to see to it.
        case held
        case done
        /// Nobody knows; it counts as done when the saga is undone.
        case mayBeDone = "may be done"
        case failed
        case skipped
        case undoing
        case undone

        /// For those who do not see the colour. One column wide, and in every common font.
        public var symbol: String {
            switch self {
            case .notReached: "○"
            case .running: "▶"
            case .waiting: "◷"
            case .held: "!"
            case .done: "✓"
            case .mayBeDone: "?"
            case .failed: "✕"
            case .skipped: "»"
            case .undoing: "↶"
            case .undone: "↩"
            }
        }

        /// As a class in the drawings.
        var style: String {
            switch self {
            case .notReached: "notReached"
            case .mayBeDone: "mayBeDone"
            case .running, .waiting, .held, .done, .failed, .skipped, .undoing, .undone: rawValue
            }
        }
    }

    public struct Edge: Sendable, Hashable {
        /// Indices of ``Diagram/nodes``.
        public let from: Int
        public let to: Int
        public let kind: Kind
        /// The condition of a case, as it is written.
        public let label: String?

        public enum Kind: Sendable, Hashable {
            case flow
            /// Backwards, from what is undone first to what is undone next.
            case undo
        }
    }

    public struct Group: Sendable, Hashable {
        /// What runs how often, and what a failure does.
        public let title: String
        /// The group around it.
        public let parent: Int?
    }

    /// Nested like the plan. Each block is entered at one node and left at one.
    indirect enum Block: Sendable, Hashable {
        case node(Int)
        case sequence([Block])
        /// Nil is a branch with nothing in it.
        case fork(from: Int, to: Int, branches: [Branch])
        case group(Int, Block)

        struct Branch: Sendable, Hashable {
            let label: String?
            let block: Block?
        }
    }
}
