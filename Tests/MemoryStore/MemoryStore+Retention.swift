public import SagaEngine
public import SagaValues

extension MemoryStore {
    public func dropJobs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let old = state.jobs.values.filter { $0.endedAt.map { $0 < time } ?? false }
                .sorted { ($0.endedAt ?? time) < ($1.endedAt ?? time) }.map(\.order.id)
            var (items, jobs) = (0, 0)
            for id in old {
                guard var job = state.jobs[id] else { continue }
                let count = min(job.items.count, limit - items)
                job.items.removeFirst(count)
                items += count
                state.jobs[id] = job
                guard job.items.isEmpty, jobs < limit else { continue }
                state.jobs[id] = nil
                jobs += 1
            }
            return items + jobs
        }
    }

    public func dropAccessTokens(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            func end(_ token: AccessToken) -> Timestamp { min(token.expiresAt, token.revokedAt ?? token.expiresAt) }
            let old = state.accessTokens.values.filter { end($0) < time }.sorted { end($0) < end($1) }.prefix(limit)
            for token in old { state.accessTokens[token.id] = nil }
            return old.count
        }
    }
}
