extension Schema {
    /// Who may use the API.
    static let accessTokens = """
        CREATE TABLE saga_access_tokens (
            created_at   timestamptz NOT NULL,
            expires_at   timestamptz NOT NULL,
            revoked_at   timestamptz,
            last_used_at timestamptz,
            id           text COLLATE "C" PRIMARY KEY,
            digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
            subject      text COLLATE "C" NOT NULL,
            role         text COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'service')),
            tenant       text COLLATE "C",
            groups       text[] COLLATE "C" NOT NULL,
            created_by   text COLLATE "C" NOT NULL,
            revoked_by   text COLLATE "C",
            CHECK (expires_at <= created_at + interval '365 days'),
            CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX saga_access_tokens_time ON saga_access_tokens (created_at);
        COMMENT ON TABLE saga_access_tokens IS
            'Bearer tokens of the API. The secret of a token is not here, and cannot be made from what is.';
        COMMENT ON COLUMN saga_access_tokens.digest IS 'SHA-256 of the secret.';
        COMMENT ON COLUMN saga_access_tokens.tenant IS 'Null for all tenants.';
        COMMENT ON COLUMN saga_access_tokens.groups IS 'What the approvals of workflows call roles.';
        COMMENT ON COLUMN saga_access_tokens.last_used_at IS 'To the minute.';
        """
}
