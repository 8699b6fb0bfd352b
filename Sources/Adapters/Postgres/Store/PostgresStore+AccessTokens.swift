internal import Postgres
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func create(accessToken token: NewAccessToken) async throws(StoreError) -> AccessToken {
        // Sent again after a lost answer it is the same token.
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (
                    Statements.createAccessToken,
                    [
                        .text(token.id), .bytes(token.digest), .text(token.subject), .text(token.role.rawValue),
                        token.tenant.map { .text($0) } ?? .null, .texts(token.groups.sorted()), .text(token.createdBy),
                        .int64(token.life.wholeMicroseconds),
                    ]
                ),
                (Statements.accessToken, [.text(token.id)]),
            ])
        }
        let found = try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.accessToken() }.first
        guard let found, found.digest == token.digest else {
            throw StoreError(.broken, "an id of an access token was drawn twice")
        }
        return found
    }

    public func accessToken(_ id: String) async throws(StoreError) -> FoundAccessToken? {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.accessToken, [.text(id)])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let token = try row.accessToken() else { return nil as FoundAccessToken? }
            return FoundAccessToken(token: token, now: try row.timestamp(12))
        }.first
    }

    public func accessTokens(tenant: String?, all: Bool, limit: Int) async throws(StoreError) -> [AccessToken] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(
                Statements.accessTokens, [tenant.map { .text($0) } ?? .null, .bool(all), .int64(Int64(limit))])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.accessToken() }
    }

    public func revoke(
        accessToken id: String, tenant: String?, by subject: String
    ) async throws(StoreError) -> AccessToken? {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(
                Statements.revokeAccessToken, [.text(id), tenant.map { .text($0) } ?? .null, .text(subject)])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.accessToken() }.first
    }

    public func noteUse(ofAccessToken id: String) async throws(StoreError) {
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.noteUse, [.text(id)])
        }
    }
}

extension PostgresRow {
    /// From the columns of ``Statements/accessTokenColumns``.
    fileprivate func accessToken() throws(PostgresError) -> AccessToken? {
        guard let role = Requester.Role(rawValue: try text(3)) else { return nil }
        return AccessToken(
            id: try text(0), digest: try bytes(1), subject: try text(2), role: role, tenant: try optionalText(4),
            groups: Set(try texts(5)), createdAt: try timestamp(6), createdBy: try text(7), expiresAt: try timestamp(8),
            revokedAt: try optionalTimestamp(9), revokedBy: try optionalText(10), lastUsedAt: try optionalTimestamp(11))
    }
}

extension Statements {
    private static let accessTokenColumns = """
        id, digest, subject, role, tenant, groups, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at
        """

    static let createAccessToken = PostgresStatement(
        """
        INSERT INTO saga_access_tokens (id, digest, subject, role, tenant, groups, created_by, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5::text, $6, $7, now, now + $8::bigint * interval '1 microsecond'
        FROM clock_timestamp() AS now
        ON CONFLICT (id) DO NOTHING
        """, name: "create_access_token")

    static let accessToken = PostgresStatement(
        "SELECT \(accessTokenColumns), clock_timestamp() FROM saga_access_tokens WHERE id = $1", name: "access_token")

    static let accessTokens = PostgresStatement(
        """
        SELECT \(accessTokenColumns) FROM saga_access_tokens
        WHERE ($1::text IS NULL OR tenant = $1) AND ($2 OR revoked_at IS NULL AND expires_at > clock_timestamp())
        ORDER BY created_at DESC, id DESC LIMIT $3
        """, name: "access_tokens")

    static let revokeAccessToken = PostgresStatement(
        """
        UPDATE saga_access_tokens
        SET revoked_at = coalesce(revoked_at, clock_timestamp()), revoked_by = coalesce(revoked_by, $3)
        WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)
        RETURNING \(accessTokenColumns)
        """, name: "revoke_access_token", isReadOnly: false)

    static let noteUse = PostgresStatement(
        """
        UPDATE saga_access_tokens SET last_used_at = clock_timestamp()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= clock_timestamp() - interval '1 minute')
        """, name: "note_use")
}
