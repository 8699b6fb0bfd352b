internal import ParticipantKit
public import Postgres
public import SagaValues

/// What `user.created` and `user.updated` say.
struct UserChanged: Codable, Sendable {
    let userId: UUID
    let fullName: String
    let email: String
    let tenantId: String?
    let updatedAt: Timestamp
}

/// Changes of users that no saga asks for.
public enum Users {
    private static let change = PostgresStatement(
        """
        UPDATE users SET full_name = coalesce($2, full_name), email = coalesce($3, email), updated_at = now()
        WHERE id = $1 RETURNING full_name, email, tenant_id, updated_at
        """)

    /// Changes a user's profile in `cloudphone_core` and announces it by `user.updated`, which keeps the
    /// copies of other services fresh.
    ///
    /// - Parameters:
    ///   - pool: of `cloudphone_core`.
    ///   - fullName: nil keeps it; so with `email`.
    /// - Throws: ``Rejection`` with code `unknown-user`, or `PostgresError`.
    public static func change(_ user: UUID, fullName: String?, email: String?, in pool: PostgresPool) async throws {
        try await pool.transaction { transaction in
            let rows = try await transaction.execute(
                change, [.uuid(user), fullName.map { .text($0) } ?? .null, email.map { .text($0) } ?? .null])
            guard let row = rows.first else { throw Rejection("unknown-user", "There is no user \(user)") }
            let event = UserChanged(
                userId: user, fullName: try row.text(0), email: try row.text(1), tenantId: try row.optionalText(2),
                updatedAt: try row.timestamp(3))
            try await Outbox.add(
                "user.updated", about: user, try JSONValueEncoder.encode(event), source: "user", in: transaction)
        }
    }
}
