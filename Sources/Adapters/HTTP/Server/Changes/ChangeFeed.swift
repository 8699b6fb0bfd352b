internal import Logging
internal import SagaAPI
internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// Tells what happens to all sagas, on whichever node, to those who follow it here: one look at the store serves them
/// all, and while there is nobody it is asked for nothing.
final class ChangeFeed: Sendable {
    private struct State {
        var followers: [UInt64: (filter: ChangeFilter, queue: StreamQueue)] = [:]
        var lastID: UInt64 = 0
        /// How far those who follow were told; nil while nobody does.
        var mark: ChangeMark?
        /// Counts how often the first one came: a look that was made for others is of no use.
        var era = 0
    }

    /// Between the pages of one look, so that whoever reads as fast as can be is not cut off by a burst.
    private static let breath = Duration.milliseconds(20)

    private let store: any ChangeStore
    private let settings: StreamSettings
    private let log: Logger
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(store: any ChangeStore, settings: StreamSettings, log: Logger) {
        self.store = store
        self.settings = settings
        self.log = log
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Somebody follows for as long as this is kept.
    final class Following: Sendable {
        private let feed: ChangeFeed
        private let id: UInt64
        /// Whatever is written from now on is told; this is where one may resume.
        let mark: ChangeMark

        fileprivate init(_ feed: ChangeFeed, _ id: UInt64, _ mark: ChangeMark) {
            self.feed = feed
            self.id = id
            self.mark = mark
        }

        deinit {
            feed.state.withLock { state in
                state.followers[id] = nil
                if state.followers.isEmpty { state.mark = nil }
            }
        }
    }

    /// Puts what happens from now on into a queue.
    func follow(_ filter: ChangeFilter, into queue: StreamQueue) async throws(StoreError) -> Following {
        while true {
            if let following = join(filter, queue, nil) { return following }
            // The first one says from where on.
            let beginning = try await store.changes(after: nil, limit: 1).next
            if let following = join(filter, queue, beginning) { return following }
        }
    }

    private func join(_ filter: ChangeFilter, _ queue: StreamQueue, _ beginning: ChangeMark?) -> Following? {
        let joined = state.withLock { state -> (UInt64, ChangeMark)? in
            if state.mark == nil, beginning != nil {
                state.mark = beginning
                state.era += 1
            }
            guard let mark = state.mark else { return nil }
            state.lastID += 1
            state.followers[state.lastID] = (filter, queue)
            return (state.lastID, mark)
        }
        guard let (id, mark) = joined else { return nil }
        arrival.yield()
        return Following(self, id, mark)
    }

    /// Looks for as long as somebody follows; ends when its task is cancelled.
    func run() async {
        for await _ in arrivals {
            while !Task.isCancelled, let (mark, era) = state.withLock({ state in state.mark.map { ($0, state.era) } }) {
                try? await Task.sleep(for: await look(mark, era))
            }
        }
    }

    /// - Returns: how long to leave the store alone: at least four times as long as it took, so that no rate of changes
    ///   makes those who watch cost more than a fifth of a connection.
    private func look(_ mark: ChangeMark, _ era: Int) async -> Duration {
        let began = ContinuousClock.now
        do throws(StoreError) {
            let page = try await store.changes(after: mark, limit: settings.page)
            tell(page, after: mark, era)
            return page.isLast ? max(settings.pause, (ContinuousClock.now - began) * 4) : Self.breath
        } catch {
            if !Task.isCancelled {
                log.warning("those who follow changes are told nothing", metadata: ["error": "\(error)"])
            }
            return max(settings.pause, .seconds(1))
        }
    }

    private func tell(_ page: ChangePage, after mark: ChangeMark, _ era: Int) {
        let followers = state.withLock { state in
            guard state.era == era, state.mark != nil else { return [(filter: ChangeFilter, queue: StreamQueue)]() }
            state.mark = page.next
            return Array(state.followers.values)
        }
        let frames = ChangeFrames(page.changes, from: mark)
        for (filter, queue) in followers {
            queue.put(live: frames.those(filter), mark: page.next.from.eventID)
        }
    }
}

/// The changes of a page as they are told; each is encoded once, however many follow, and not at all if nobody wants it.
final class ChangeFrames {
    private let changes: [SagaChange]
    private let id: String
    private var encoded: [Int: [UInt8]] = [:]

    /// - Parameter mark: the one before the page: whoever is cut off in the middle resumes there.
    init(_ changes: [SagaChange], from mark: ChangeMark) {
        self.changes = changes
        id = mark.from.eventID
    }

    func those(_ filter: ChangeFilter) -> [[UInt8]] {
        changes.indices.filter { filter.admits(changes[$0]) }.compactMap { index in
            if let known = encoded[index] { return known }
            guard let json = try? JSONValueEncoder.encode(changes[index].view) else { return nil }
            let frame = ServerSentEvents.change(json.bytes, id: id)
            encoded[index] = frame
            return frame
        }
    }
}

/// Which changes somebody follows.
struct ChangeFilter: Sendable {
    var whose: Whose
    var workflow: String?
    /// Of the children of sagas too.
    var withChildren: Bool

    func admits(_ change: SagaChange) -> Bool {
        let isTheirs =
            switch whose {
            case .everybodys: true
            case .of(let tenant): tenant.hasSameBytes(as: change.tenant)
            case .nobodys: false
            }
        return isTheirs && (workflow?.hasSameBytes(as: change.workflow) ?? true)
            && (withChildren || change.parent == nil)
    }
}

extension Timestamp {
    /// As the `id` of an event, by which one resumes.
    var eventID: String { String(microseconds) }
}
