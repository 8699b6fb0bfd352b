internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// A user may have what the plan grants, and keeps what was granted before.
enum Quotas {
    private static let raise = PostgresStatement(
        """
        INSERT INTO quotas (user_id, plan_id, limits)
        SELECT u.id, p.plan_id, jsonb_build_object(
                   'maxDevices', p.max_devices, 'maxConcurrentDevices', p.max_devices,
                   'totalStorageGB', p.storage_gb, 'totalTrafficGB', p.traffic_gb)
        FROM users u, plan_limits p WHERE u.id = $1 AND p.plan_id = $2
        ON CONFLICT (user_id) DO UPDATE SET
            plan_id = excluded.plan_id, status = 'active', updated_at = now(),
            limits = quotas.limits || (
                SELECT jsonb_object_agg(name, greatest(granted.value::bigint, (quotas.limits ->> name)::bigint))
                FROM jsonb_each_text(excluded.limits) AS granted (name, value))
        RETURNING limits::text
        """)

    private static let userExists = PostgresStatement("SELECT EXISTS (SELECT 1 FROM users WHERE id = $1)")

    nonisolated(nonsending) static func raise(_ input: User.RaiseQuota, _ context: ActionContext) async throws
        -> User.QuotaRaised
    {
        let rows = try await context.transaction.execute(raise, [.uuid(input.userId), .uuid(input.planId)])
        guard let row = rows.first else {
            let known = try await context.transaction.execute(userExists, [.uuid(input.userId)]).only.bool(0)
            throw known
                ? Rejection("unknown-plan", "The user service has no limits for plan \(input.planId)")
                : Rejection("unknown-user", "There is no user \(input.userId)")
        }
        return User.QuotaRaised(userId: input.userId, limits: try JSON(parsing: try row.text(0)))
    }

    // MARK: initialize-quota, delete-quota

    private static let initialize = PostgresStatement(
        """
        INSERT INTO quotas (user_id, limits)
        SELECT id, jsonb_build_object('maxDevices', $2::integer, 'maxConcurrentDevices', $2::integer,
                                      'totalStorageGB', $3::integer, 'totalTrafficGB', $4::integer)
        FROM users WHERE id = $1
        ON CONFLICT DO NOTHING RETURNING limits::text
        """)

    /// What a user may have without a plan.
    nonisolated(nonsending) static func initialize(_ input: User.InitializeQuota, _ context: ActionContext) async throws
        -> User.QuotaRaised
    {
        let rows = try await context.transaction.execute(
            initialize,
            [
                .uuid(input.userId), .int32(Int32(clamping: input.maxDevices)),
                .int32(Int32(clamping: input.storageGb)),
                .int32(Int32(clamping: input.trafficGb)),
            ])
        guard let row = rows.first else {
            let known = try await context.transaction.execute(userExists, [.uuid(input.userId)]).only.bool(0)
            throw known
                ? Rejection("quota-exists", "The user \(input.userId) has a quota already")
                : Rejection("unknown-user", "There is no user \(input.userId)")
        }
        return User.QuotaRaised(userId: input.userId, limits: try JSON(parsing: try row.text(0)))
    }

    private static let delete = PostgresStatement(
        """
        DELETE FROM quotas q WHERE user_id = $1 AND NOT EXISTS (SELECT FROM quota_uses u WHERE u.user_id = q.user_id)
        """)

    nonisolated(nonsending) static func delete(_ input: User.InitializeQuota, _ context: ActionContext) async throws {
        let gone = try await context.transaction.execute(delete, [.uuid(input.userId)])
        guard gone.affected == 1 else {
            throw TemporaryFailure("quota-in-use", "The quota of \(input.userId) has devices and cannot be deleted")
        }
    }
}
