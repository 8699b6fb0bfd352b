internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Balance accounts are opened, frozen, paid out and closed.
///
/// As for payments, every change is a row of the ledger in the same statement: `amount` sums up to the balance,
/// `frozen_change` to what of it is frozen.
enum Balances {
    /// What the status of an account is when it has so much; frozen and closed ones stay so.
    static func status(of balance: String) -> String {
        """
        CASE WHEN status IN ('frozen', 'closed') THEN status WHEN \(balance) <= 0 THEN 'insufficient'
             WHEN \(balance) < 50 THEN 'low' ELSE 'normal' END
        """
    }

    private static let lock = PostgresStatement(
        "SELECT status, balance, frozen_amount FROM user_balances WHERE user_id = $1 FOR UPDATE")

    private nonisolated(nonsending) static func lock(_ user: UUID, _ context: ActionContext) async throws
        -> PostgresRow
    {
        guard let row = try await context.transaction.execute(lock, [.uuid(user)]).first else {
            throw Rejection("no-balance", "The user \(user) has no balance account")
        }
        return row
    }

    // MARK: open-balance, close-balance

    private static let open = PostgresStatement(
        """
        INSERT INTO user_balances (user_id, balance, status) VALUES ($1, 0, 'insufficient') ON CONFLICT DO NOTHING
        """)

    nonisolated(nonsending) static func open(_ input: Billing.Account, _ context: ActionContext) async throws
        -> Billing.BalanceOpened
    {
        guard try await context.transaction.execute(open, [.uuid(input.userId)]).affected == 1 else {
            throw Rejection("balance-exists", "The user \(input.userId) has a balance account already")
        }
        return Billing.BalanceOpened(userId: input.userId, balance: 0)
    }

    private static let remove = PostgresStatement(
        """
        DELETE FROM user_balances b WHERE user_id = $1
            AND NOT EXISTS (SELECT FROM balance_transactions t WHERE t.user_id = b.user_id)
        """)

    /// An account without a ledger goes without a trace. If money has moved in the meantime, a person decides.
    nonisolated(nonsending) static func takeBackOpening(_ input: Billing.Account, _ context: ActionContext)
        async throws
    {
        guard try await context.transaction.execute(remove, [.uuid(input.userId)]).affected == 1 else {
            throw TemporaryFailure("balance-in-use", "The account of \(input.userId) has entries and cannot be removed")
        }
    }

    private static let close = PostgresStatement(
        "UPDATE user_balances SET status = 'closed', updated_at = now() WHERE user_id = $1")

    nonisolated(nonsending) static func close(_ input: Billing.Account, _ context: ActionContext) async throws
        -> Billing.BalanceOpened
    {
        let row = try await lock(input.userId, context)
        guard try row.decimal(1) == 0 else {
            throw Rejection("balance-not-empty", "There is \(try row.decimal(1)) on the account")
        }
        try await context.transaction.execute(close, [.uuid(input.userId)])
        return Billing.BalanceOpened(userId: input.userId, balance: 0)
    }

    // MARK: freeze-balance, unfreeze-balance

    private static let freeze = PostgresStatement(
        """
        WITH frozen AS (
            UPDATE user_balances SET frozen_amount = balance, status = 'frozen', updated_at = now()
            WHERE user_id = $1 RETURNING balance
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, frozen_change)
        SELECT $1, 'freeze', 0, balance, balance, $2::numeric FROM frozen
        """)

    nonisolated(nonsending) static func freeze(_ input: Billing.Account, _ context: ActionContext) async throws
        -> Billing.BalanceFrozen
    {
        let row = try await lock(input.userId, context)
        let status = try row.text(0)
        guard !["frozen", "closed"].contains(status) else {
            throw Rejection("balance-\(status)", "The account is \(status)")
        }
        let free = try row.decimal(1) - row.decimal(2)
        try await context.transaction.execute(freeze, [.uuid(input.userId), .decimal(free)])
        return Billing.BalanceFrozen(amount: try row.decimal(1), newlyFrozen: free)
    }

    private static let unfreeze = PostgresStatement(
        """
        WITH thawed AS (
            UPDATE user_balances
            SET frozen_amount = frozen_amount - $2::numeric, updated_at = now(),
                status = CASE WHEN balance <= 0 THEN 'insufficient' WHEN balance < 50 THEN 'low' ELSE 'normal' END
            WHERE user_id = $1 AND status = 'frozen' RETURNING balance
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, frozen_change)
        SELECT $1, 'unfreeze', 0, balance, balance, -($2::numeric) FROM thawed
        """)

    nonisolated(nonsending) static func unfreeze(
        _ input: Billing.Account, _ output: Billing.BalanceFrozen, _ context: ActionContext
    ) async throws {
        let thawed = try await context.transaction.execute(
            unfreeze, [.uuid(input.userId), .decimal(output.newlyFrozen)])
        guard thawed.affected == 1 else {
            throw TemporaryFailure("balance-not-frozen", "The account of \(input.userId) is not frozen any more")
        }
    }

    // MARK: pay-out

    private static let payOut = PostgresStatement(
        """
        WITH payout AS (
            INSERT INTO payouts (id, user_id, amount) VALUES ($2, $1, $3::numeric)
        ), paid AS (
            UPDATE user_balances SET balance = balance - $3::numeric, frozen_amount = frozen_amount - $3::numeric,
                                     updated_at = now()
            WHERE user_id = $1 RETURNING balance
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after, frozen_change)
        SELECT $1, 'adjustment', -($3::numeric), balance + $3::numeric, balance, -($3::numeric) FROM paid
        """)

    /// Pays back what is frozen, all of it: only that was approved, and nothing else can have been spent since.
    nonisolated(nonsending) static func payOut(_ input: Billing.PayOut, _ context: ActionContext) async throws
        -> Billing.PaidOut
    {
        let row = try await lock(input.userId, context)
        guard try row.text(0) == "frozen" else {
            throw Rejection("balance-not-frozen", "The account is \(try row.text(0))")
        }
        guard try row.decimal(2) == input.amount else {
            throw Rejection(
                "amount-mismatch", "There is \(try row.decimal(2)) to be paid back, not \(input.amount)")
        }
        guard input.amount > 0 else { return Billing.PaidOut(payoutId: nil, amount: input.amount) }
        let id = UUID.v7()
        try await context.transaction.execute(payOut, [.uuid(input.userId), .uuid(id), .decimal(input.amount)])
        return Billing.PaidOut(payoutId: id, amount: input.amount)
    }
}
