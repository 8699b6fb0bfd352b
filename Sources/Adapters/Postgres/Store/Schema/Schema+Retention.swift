extension Schema {
    /// By what jobs and tokens are found that ended long ago.
    static let retention = """
        CREATE INDEX saga_jobs_ended ON saga_jobs (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX saga_access_tokens_ended ON saga_access_tokens (least(expires_at, revoked_at));
        """
}
