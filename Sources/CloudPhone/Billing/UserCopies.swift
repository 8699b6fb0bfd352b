internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Billing's copies of names and addresses, on their own and on orders, follow the user service's events.
enum UserCopies {
    /// Events may overtake each other; an older one changes nothing.
    private static let keep = PostgresStatement(
        """
        INSERT INTO user_copies AS c (user_id, name, email, tenant_id, updated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id) DO UPDATE
            SET name = excluded.name, email = excluded.email, tenant_id = excluded.tenant_id,
                updated_at = excluded.updated_at
            WHERE c.updated_at < excluded.updated_at
        """)

    private static let freshen = PostgresStatement(
        """
        UPDATE orders SET user_name = $2, user_email = $3, updated_at = now()
        WHERE user_id = $1 AND (user_name, user_email) IS DISTINCT FROM ($2, $3)
        """)

    static func userChanged(_ user: UserChanged, _ context: EventContext) async throws {
        let kept = try await context.transaction.execute(
            keep,
            [
                .uuid(user.userId), .text(user.fullName), .text(user.email),
                user.tenantId.map { .text($0) } ?? .null, .timestamp(user.updatedAt),
            ])
        guard kept.affected == 1 else { return }
        _ = try await context.transaction.execute(
            freshen, [.uuid(user.userId), .text(user.fullName), .text(user.email)])
    }
}
