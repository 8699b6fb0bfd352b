public import SagaEngine
internal import SagaValues

extension MemoryStore {
    public func create(accessToken token: NewAccessToken) async throws(StoreError) -> AccessToken {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            if let known = state.accessTokens[token.id] {
                guard known.digest == token.digest else {
                    throw StoreError(.broken, "an id of an access token was drawn twice")
                }
                return known
            }
            guard token.life <= AccessToken.longestLife else { throw StoreError(.broken, "too long a life") }
            let made = AccessToken(
                id: token.id, digest: token.digest, subject: token.subject, role: token.role, tenant: token.tenant,
                groups: token.groups, createdAt: now, createdBy: token.createdBy, expiresAt: now + token.life)
            state.accessTokens[token.id] = made
            return made
        }
    }

    public func accessToken(_ id: String) async throws(StoreError) -> FoundAccessToken? {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            state.accessTokens[id].map { FoundAccessToken(token: $0, now: now) }
        }
    }

    public func accessTokens(tenant: String?, all: Bool, limit: Int) async throws(StoreError) -> [AccessToken] {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            let found = state.accessTokens.values.filter { token in
                (all || token.revokedAt == nil && token.expiresAt > now) && token.isOf(tenant)
            }
            return Array(found.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.prefix(limit))
        }
    }

    public func revoke(
        accessToken id: String, tenant: String?, by subject: String
    ) async throws(StoreError) -> AccessToken? {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            guard let token = state.accessTokens[id], token.isOf(tenant) else { return nil }
            guard token.revokedAt == nil else { return token }
            let revoked = token.with(revokedAt: now, revokedBy: subject, lastUsedAt: token.lastUsedAt)
            state.accessTokens[id] = revoked
            return revoked
        }
    }

    public func noteUse(ofAccessToken id: String) async throws(StoreError) {
        try checkConnection()
        try database.access { (state, now) throws(StoreError) in
            guard let token = state.accessTokens[id], token.lastUsedAt.map({ $0 <= now - .seconds(60) }) ?? true else {
                return
            }
            state.accessTokens[id] = token.with(
                revokedAt: token.revokedAt, revokedBy: token.revokedBy, lastUsedAt: now)
        }
    }
}

extension AccessToken {
    fileprivate func isOf(_ wanted: String?) -> Bool {
        wanted.map { wanted in tenant.map { $0.hasSameBytes(as: wanted) } ?? false } ?? true
    }

    fileprivate func with(revokedAt: Timestamp?, revokedBy: String?, lastUsedAt: Timestamp?) -> AccessToken {
        AccessToken(
            id: id, digest: digest, subject: subject, role: role, tenant: tenant, groups: groups, createdAt: createdAt,
            createdBy: createdBy, expiresAt: expiresAt, revokedAt: revokedAt, revokedBy: revokedBy,
            lastUsedAt: lastUsedAt)
    }
}
