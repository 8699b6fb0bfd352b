internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// What a user's devices take of the quota. Every device counts at most once; the usage is always their sum.
enum QuotaUse {
    private static let lock = PostgresStatement(
        """
        SELECT status, limits FROM quotas WHERE user_id = $1 FOR UPDATE
        """)

    /// The first limit that one more device would break; no row if none.
    private static let broken = PostgresStatement(
        """
        SELECT l.name, l.value::numeric, l.needed FROM (
            SELECT name, q.limits ->> name AS value, needed
            FROM quotas q, (SELECT count(*) AS devices, coalesce(sum(cpu_cores), 0) AS cores,
                                   coalesce(sum(memory_mb), 0) AS memory, coalesce(sum(storage_mb), 0) AS storage
                            FROM quota_uses WHERE user_id = $1) AS used,
                 LATERAL (VALUES ('maxDevices', used.devices + 1), ('totalCpuCores', used.cores + $2),
                                 ('totalMemoryGB', (used.memory + $3) / 1024.0),
                                 ('totalStorageGB', (used.storage + $4) / 1024.0)) AS need (name, needed)
            WHERE q.user_id = $1
        ) AS l WHERE l.value IS NOT NULL AND l.needed > l.value::numeric
        """)

    private static let add = PostgresStatement(
        """
        INSERT INTO quota_uses (user_id, device_id, cpu_cores, memory_mb, storage_mb) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """)
    private static let remove = PostgresStatement("DELETE FROM quota_uses WHERE user_id = $1 AND device_id = $2")

    private static let sumUp = PostgresStatement(
        """
        UPDATE quotas SET updated_at = now(), usage = (
            SELECT jsonb_build_object(
                'currentDevices', count(*), 'usedCpuCores', coalesce(sum(cpu_cores), 0),
                'usedMemoryGB', trim_scale(coalesce(sum(memory_mb), 0) / 1024.0),
                'usedStorageGB', trim_scale(coalesce(sum(storage_mb), 0) / 1024.0))
            FROM quota_uses u WHERE u.user_id = $1)
        WHERE user_id = $1 RETURNING usage::text
        """)

    nonisolated(nonsending) static func report(_ input: User.ReportQuota, _ context: ActionContext) async throws
        -> User.QuotaUsed
    {
        let user = PostgresParameter.uuid(input.userId)
        guard let quota = try await context.transaction.execute(lock, [user]).first else {
            throw Rejection("no-quota", "The user \(input.userId) has no quota")
        }
        guard try quota.text(0) == "active" else {
            throw Rejection("quota-not-active", "The quota is \(try quota.text(0))")
        }
        let size: [PostgresParameter] = [
            .int32(Int32(clamping: input.cpuCores)), .int32(Int32(clamping: input.memoryMb)),
            .int32(Int32(clamping: input.storageMb)),
        ]
        if let row = try await context.transaction.execute(broken, [user] + size).first {
            let name = try row.text(0)
            throw Rejection(
                "quota-exceeded", "One more device exceeds \(name)",
                details: ["limit": .string(name), "granted": "\(try row.decimal(1))"])
        }
        let added = try await context.transaction.execute(add, [user, .uuid(input.deviceId)] + size)
        guard added.affected == 1 else {
            throw Rejection("device-already-counted", "The device \(input.deviceId) counts against a quota already")
        }
        return try await usage(input.userId, changed: true, context)
    }

    /// A device that never counted, one out of a plan's pool for instance, gives nothing back.
    nonisolated(nonsending) static func giveBack(_ input: User.ReturnQuota, _ context: ActionContext) async throws
        -> User.QuotaUsed
    {
        guard try await context.transaction.execute(lock, [.uuid(input.userId)]).first != nil else {
            return User.QuotaUsed(userId: input.userId, changed: false, usage: [:])
        }
        let removed = try await context.transaction.execute(remove, [.uuid(input.userId), .uuid(input.deviceId)])
        return try await usage(input.userId, changed: removed.affected == 1, context)
    }

    nonisolated(nonsending) static func takeBack(_ input: User.ReturnQuota, _ context: ActionContext) async throws {
        _ = try await giveBack(input, context)
    }

    private nonisolated(nonsending) static func usage(_ user: UUID, changed: Bool, _ context: ActionContext)
        async throws -> User.QuotaUsed
    {
        let row = try await context.transaction.execute(sumUp, [.uuid(user)]).only
        return User.QuotaUsed(userId: user, changed: changed, usage: try JSON(parsing: try row.text(0)))
    }
}
