public import SagaCore
public import SagaValues

/// Tells what happens to all sagas, whichever node writes it.
public protocol ChangeStore: Sendable {
    /// What can be seen by now and was not told yet, oldest first: of one saga in the order of its revisions.
    ///
    /// A commit may become visible after one whose changes are younger, so the mark says what could be seen and not a
    /// time alone. A change that took longer than ``ChangeMark/lateness`` to be seen is missed.
    /// - Parameter mark: nil to begin now, with nothing told.
    func changes(after mark: ChangeMark?, limit: Int) async throws(StoreError) -> ChangePage
}

/// One row of some saga's history, without what came with it, and whose it is.
public struct SagaChange: Sendable, Hashable {
    public let saga: UUID
    /// With the saga, the change's name.
    public let revision: Int
    public let at: Timestamp
    public let kind: HistoryEntry.Kind
    public let step: String?
    public let item: Int?
    public let direction: Direction?
    public let attempt: Int?
    public let workflow: String
    public let version: Int
    public let tenant: String
    public let businessKey: String?
    /// The saga that this one is a part of.
    public let parent: UUID?
    /// Where the saga stands after it; nil if it had moved on before anybody looked.
    public let status: Saga.Status?

    public init(
        saga: UUID, revision: Int, at: Timestamp, kind: HistoryEntry.Kind, step: String?, item: Int?,
        direction: Direction?, attempt: Int?, workflow: String, version: Int, tenant: String, businessKey: String?,
        parent: UUID?, status: Saga.Status?
    ) {
        self.saga = saga
        self.revision = revision
        self.at = at
        self.kind = kind
        self.step = step
        self.item = item
        self.direction = direction
        self.attempt = attempt
        self.workflow = workflow
        self.version = version
        self.tenant = tenant
        self.businessKey = businessKey
        self.parent = parent
        self.status = status
    }

    public var place: ChangePlace { ChangePlace(at: at, saga: saga, revision: revision) }
}

/// Where a change stands among all: by its time, then by its name. Of one saga no change is older than the one before.
public struct ChangePlace: Sendable, Hashable, Comparable {
    public let at: Timestamp
    public let saga: UUID
    public let revision: Int

    public init(at: Timestamp, saga: UUID, revision: Int) {
        self.at = at
        self.saga = saga
        self.revision = revision
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.at, left.saga, left.revision) < (right.at, right.saga, right.revision)
    }
}

/// How far somebody was told of all changes.
public struct ChangeMark: Sendable, Hashable {
    /// Nothing older is looked for. Whoever resumes at this time misses nothing that was not told, and may be told
    /// again of what was.
    public let from: Timestamp
    /// What could be seen when everything had been told, in the store's own words; nil if nothing was told yet.
    public let seen: String?
    /// A look that is told page by page, if one is under way.
    public let look: Look?

    public struct Look: Sendable, Hashable {
        /// The store's clock when it began.
        public let began: Timestamp
        /// What could be seen then: what comes meanwhile is left to the next look.
        public let until: String
        /// Told up to here.
        public let after: ChangePlace

        public init(began: Timestamp, until: String, after: ChangePlace) {
            self.began = began
            self.until = until
            self.after = after
        }
    }

    public init(from: Timestamp, seen: String?, look: Look?) {
        self.from = from
        self.seen = seen
        self.look = look
    }

    /// Whatever is stored from a time on.
    public init(resumingAt time: Timestamp) {
        self.init(from: time, seen: nil, look: nil)
    }

    /// Between the time that a change bears and the moment in which it can be seen lies its transaction: as long as a
    /// statement may take, and a connection to come about.
    public static let lateness = Duration.seconds(60)
    /// Who resumes reads so much time at once at most, so that no page sorts all that has come since.
    public static let window = Duration.seconds(30)
}

/// Some of what was not told yet.
public struct ChangePage: Sendable {
    public let changes: [SagaChange]
    /// To go on with.
    public let next: ChangeMark
    /// Nothing more can be seen at the moment.
    public let isLast: Bool

    public init(changes: [SagaChange], next: ChangeMark, isLast: Bool) {
        self.changes = changes
        self.next = next
        self.isLast = isLast
    }
}

extension ChangePage {
    /// A page as a store has read it.
    ///
    /// - Parameters:
    ///   - changes: those of ``ChangeMark/range(at:)``, `limit` at most.
    ///   - began: the store's clock when this look began.
    ///   - until: what could be seen then.
    public init(
        _ changes: [SagaChange], limit: Int, after mark: ChangeMark, began: Timestamp, until: String
    ) {
        let safe = began - ChangeMark.lateness
        let isFull = changes.count >= limit
        let end = mark.range.before
        // Nodes may be ahead of the store by a little: nothing is left out that bears a time still to come.
        if !isFull, end.map({ $0 > began + ChangeMark.lateness }) ?? true {
            self.init(changes: changes, next: ChangeMark(from: safe, seen: until, look: nil), isLast: true)
            return
        }
        // Of a window that is through, the next begins where it ends.
        let after =
            isFull
            ? changes.last?.place : end.map { ChangePlace(at: $0, saga: UUID(high: 0, low: 0), revision: 0) }
        let place = after ?? mark.range.first
        self.init(
            changes: changes,
            next: ChangeMark(
                from: mark.seen == nil ? max(mark.from, min(place.at, safe)) : mark.from, seen: mark.seen,
                look: ChangeMark.Look(began: began, until: until, after: place)),
            isLast: false)
    }
}

extension ChangeMark {
    /// Which changes the next page is taken from: those behind a place, and before a time, if there is one.
    public var range: (first: ChangePlace, before: Timestamp?) {
        let first = look?.after ?? ChangePlace(at: from, saga: UUID(high: 0, low: 0), revision: 0)
        return (first, seen == nil ? first.at + ChangeMark.window : nil)
    }
}
