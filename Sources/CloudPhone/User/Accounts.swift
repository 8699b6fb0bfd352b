internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Users come, are told apart, get roles and leave: `pending` -> `active` <-> `suspended` -> `deleted`.
enum Accounts {
    // MARK: validate, create, delete

    private static let taken = PostgresStatement(
        """
        SELECT EXISTS (SELECT FROM users WHERE username = $1), EXISTS (SELECT FROM users WHERE email = $2)
        """)

    nonisolated(nonsending) static func validate(_ input: User.Validate, _ context: ActionContext) async throws {
        let row = try await context.transaction.execute(taken, [.text(input.username), .text(input.email)]).only
        guard try !row.bool(0) else { throw Rejection("username-taken", "Somebody else has this name") }
        guard try !row.bool(1) else { throw Rejection("email-taken", "Somebody else has this address") }
    }

    private static let insert = PostgresStatement(
        """
        WITH made AS (
            INSERT INTO users (id, username, email, full_name, tenant_id, status)
            VALUES ($1, $2, $3, $4, $5, 'pending') ON CONFLICT DO NOTHING RETURNING id
        )
        INSERT INTO user_credentials (user_id, password_hash) SELECT id, $6 FROM made
        """)

    nonisolated(nonsending) static func create(_ input: User.Create, _ context: ActionContext) async throws
        -> User.StatusChanged
    {
        let tenant = input.tenantId ?? context.tenant
        let made = try await context.transaction.execute(
            insert,
            [
                .uuid(input.userId), .text(input.username), .text(input.email), .text(input.fullName),
                tenant.map { .text($0) } ?? .null, .text(input.passwordHash.secret.reveal()),
            ])
        guard made.affected == 1 else {
            throw Rejection("user-exists", "There is a user with this id, name or address already")
        }
        return User.StatusChanged(userId: input.userId, before: "missing", status: "pending")
    }

    private static let deleteCredentials = PostgresStatement("DELETE FROM user_credentials WHERE user_id = $1")
    private static let deleteUser = PostgresStatement("DELETE FROM users WHERE id = $1 AND status = 'pending'")

    nonisolated(nonsending) static func delete(_ input: User.Reference, _ context: ActionContext) async throws {
        try await context.transaction.execute(deleteCredentials, [.uuid(input.userId)])
        let gone = try await context.transaction.execute(deleteUser, [.uuid(input.userId)])
        guard gone.affected == 1 else {
            throw TemporaryFailure("user-not-pending", "The user \(input.userId) is in use and cannot be deleted")
        }
    }

    // MARK: assign-role, revoke-role

    private static let findRole = PostgresStatement("SELECT id FROM roles WHERE name = $1")
    private static let assign = PostgresStatement(
        """
        INSERT INTO user_roles (user_id, role_id) SELECT id, $2 FROM users WHERE id = $1
        ON CONFLICT DO NOTHING
        """)
    private static let revoke = PostgresStatement("DELETE FROM user_roles WHERE user_id = $1 AND role_id = $2")

    nonisolated(nonsending) static func assignRole(_ input: User.AssignRole, _ context: ActionContext) async throws
        -> User.RoleAssigned
    {
        guard let role = try await context.transaction.execute(findRole, [.text(input.role)]).first else {
            throw Rejection("unknown-role", "There is no role \"\(input.role.prefix(64))\"")
        }
        _ = try await lock(input.userId, context)
        let added = try await context.transaction.execute(assign, [.uuid(input.userId), .uuid(try role.uuid(0))])
        return User.RoleAssigned(assigned: added.affected == 1)
    }

    /// A role that the user had before stays.
    nonisolated(nonsending) static func revokeRole(
        _ input: User.AssignRole, _ output: User.RoleAssigned, _ context: ActionContext
    ) async throws {
        guard output.assigned else { return }
        guard let role = try await context.transaction.execute(findRole, [.text(input.role)]).first else { return }
        try await context.transaction.execute(revoke, [.uuid(input.userId), .uuid(try role.uuid(0))])
    }

    // MARK: activate, suspend, reinstate, close

    private static let lock = PostgresStatement(
        "SELECT status, full_name, email, tenant_id FROM users WHERE id = $1 FOR UPDATE")
    private static let change = PostgresStatement(
        "UPDATE users SET status = $2, updated_at = now() WHERE id = $1 RETURNING updated_at")

    private nonisolated(nonsending) static func lock(_ user: UUID, _ context: ActionContext) async throws
        -> PostgresRow
    {
        guard let row = try await context.transaction.execute(lock, [.uuid(user)]).first else {
            throw Rejection("unknown-user", "There is no user \(user)")
        }
        return row
    }

    /// The other services hear of a user only now: what could still be undone is nobody's business.
    nonisolated(nonsending) static func activate(_ input: User.Reference, _ context: ActionContext) async throws
        -> User.StatusChanged
    {
        let row = try await lock(input.userId, context)
        guard try row.text(0) == "pending" else {
            throw Rejection("user-not-pending", "The user is \(try row.text(0))")
        }
        let changed = try await context.transaction.execute(change, [.uuid(input.userId), .text("active")]).only
        let event = UserChanged(
            userId: input.userId, fullName: try row.text(1), email: try row.text(2),
            tenantId: try row.optionalText(3), updatedAt: try changed.timestamp(0))
        try context.emit("user.created", about: input.userId, event)
        return User.StatusChanged(userId: input.userId, before: "pending", status: "active")
    }

    nonisolated(nonsending) static func suspend(_ input: User.Suspend, _ context: ActionContext) async throws
        -> User.StatusChanged
    {
        let before = try await lock(input.userId, context).text(0)
        guard ["active", "suspended"].contains(before) else {
            throw Rejection("user-not-active", "The user is \(before)")
        }
        try await context.transaction.execute(change, [.uuid(input.userId), .text("suspended")])
        return User.StatusChanged(userId: input.userId, before: before, status: "suspended")
    }

    /// A user who was suspended for another reason before stays so.
    nonisolated(nonsending) static func reinstate(
        _ input: User.Suspend, _ output: User.StatusChanged, _ context: ActionContext
    ) async throws {
        guard try await lock(input.userId, context).text(0) == "suspended" else { return }
        try await context.transaction.execute(change, [.uuid(input.userId), .text(output.before)])
    }

    private static let leave = PostgresStatement(
        """
        WITH credentials AS (DELETE FROM user_credentials WHERE user_id = $1),
             roles AS (DELETE FROM user_roles WHERE user_id = $1)
        UPDATE quotas SET status = 'expired', valid_until = now(), updated_at = now() WHERE user_id = $1
        """)

    /// The name and the address stay taken, so that old orders cannot be mistaken for somebody else's.
    nonisolated(nonsending) static func close(_ input: User.Reference, _ context: ActionContext) async throws
        -> User.StatusChanged
    {
        let before = try await lock(input.userId, context).text(0)
        guard before == "suspended" else { throw Rejection("user-not-suspended", "The user is \(before)") }
        try await context.transaction.execute(change, [.uuid(input.userId), .text("deleted")])
        try await context.transaction.execute(leave, [.uuid(input.userId)])
        return User.StatusChanged(userId: input.userId, before: before, status: "deleted")
    }
}
