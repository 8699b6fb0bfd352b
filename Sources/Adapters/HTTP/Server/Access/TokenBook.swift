internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// The tokens in the store, as far as this node has looked them up.
///
/// What was found, and what was not, counts for a few seconds: so often, at most, a token costs a look into the store, and so
/// soon a revocation by another node is felt here.
final class TokenBook: Sendable {
    fileprivate struct Entry {
        /// nil: there is none that could be used.
        let token: AccessToken?
        let until: ContinuousClock.Instant
    }

    fileprivate struct State {
        var entries: [String: Entry] = [:]
        /// Looks that are under way: who comes meanwhile waits for the same one.
        var looks: [String: Task<FoundAccessToken?, any Error>] = [:]
        /// Ids that were found some time. Not more than there are tokens.
        var familiar: Set<String> = []
        var noted: [String: ContinuousClock.Instant] = [:]
    }

    private let store: any SagaStore
    private let freshness: Duration
    private let limit: Int
    /// Looks for ids that were never found before: of one address, and of all.
    private let strangers = RateLimiter(rate: 5, burst: 50)
    private let allStrangers = RateLimiter(rate: 200, burst: 500)
    private let state = Mutex(State())

    static let noteEvery = Duration.seconds(60)

    /// - Parameters:
    ///   - freshness: how long an answer of the store counts.
    ///   - limit: how many answers are kept.
    init(store: any SagaStore, freshness: Duration = .seconds(5), limit: Int = 10_000) {
        self.store = store
        self.freshness = freshness
        self.limit = limit
    }

    /// Whom a token stands for; nil if it is unknown, wrong, expired or revoked.
    func requester(_ presented: TokenText, from address: String?) async throws -> Requester? {
        guard let token = try await token(presented.id, from: address), presented.matches(token.digest) else {
            return nil
        }
        noteUse(of: token.id)
        return Requester(
            subject: token.subject, credential: token.id, role: token.role, tenant: token.tenant, groups: token.groups,
            address: address)
    }

    /// How many answers are kept.
    var count: Int { state.withLock { $0.entries.count } }

    /// Has the next request look again: this node has revoked the token.
    func forget(_ id: String) {
        state.withLock { $0.entries[id] = nil }
    }

    private func token(_ id: String, from address: String?) async throws -> AccessToken? {
        let known = state.withLock { state in
            state.entries[id].flatMap { $0.until > .now ? $0 : nil }
        }
        if let known { return known.token }
        let look = try beginLook(for: id, from: address)
        let asked = ContinuousClock.now
        let found: FoundAccessToken?
        do {
            found = try await look.value
        } catch {
            state.withLock { $0.looks[id] = nil }
            throw error
        }
        // By the store's clock, which set the end; from here on by the time that passes.
        let left = found.map { $0.token.revokedAt == nil ? $0.token.expiresAt - $0.now : .zero } ?? .zero
        let entry =
            left > .zero
            ? Entry(token: found?.token, until: asked + min(left, freshness))
            : Entry(token: nil, until: asked + freshness)
        state.withLock { state in
            state.looks[id] = nil
            if found != nil { state.familiar.insert(id) }
            state.make(roomFor: limit)
            state.entries[id] = entry
        }
        return entry.token
    }

    /// - Throws: ``Throttled`` for too many ids that nobody knows. Those that are known have their way.
    private func beginLook(
        for id: String, from address: String?
    ) throws(Throttled) -> Task<FoundAccessToken?, any Error> {
        let isFamiliar = state.withLock { $0.familiar.contains(id) || $0.looks[id] != nil }
        if !isFamiliar, let wait = strangers.take(address ?? "") ?? allStrangers.take("") {
            throw Throttled(wait: wait)
        }
        return state.withLock { state in
            if let look = state.looks[id] { return look }
            let look = Task { [store] in try await store.accessToken(id) }
            state.looks[id] = look
            return look
        }
    }

    /// Beside the request: nobody waits for it, and if it fails the next minute has another.
    private func noteUse(of id: String) {
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.noted[id], now - last < Self.noteEvery { return false }
            state.noted[id] = now
            return true
        }
        if isDue { Task { [store] in try? await store.noteUse(ofAccessToken: id) } }
    }
}

extension TokenBook.State {
    /// What is over goes first, then what was not found, then all: it comes again.
    fileprivate mutating func make(roomFor limit: Int) {
        guard entries.count >= limit else { return }
        let now = ContinuousClock.now
        entries = entries.filter { $0.value.until > now }
        guard entries.count >= limit else { return }
        entries = entries.filter { $0.value.token != nil }
        if entries.count >= limit { entries = [:] }
    }
}
