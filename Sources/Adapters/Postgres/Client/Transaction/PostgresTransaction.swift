/// The way to run statements inside of ``PostgresConnection/transaction(isolation:deadline:_:)``.
///
/// It may be passed on and kept, but every use after the transaction's end throws
/// ``PostgresError/Code/closed``. Statements of one transaction take turns.
public struct PostgresTransaction: Sendable {
    let connection: PostgresConnection
    let id: UInt64

    /// Runs one statement: one round trip, in which BEGIN, savepoints and preparation travel along.
    ///
    /// When it fails, the server refuses the transaction's further statements, unless it happened inside
    /// of a ``savepoint(_:)``.
    @discardableResult
    public nonisolated(nonsending) func execute(
        _ statement: PostgresStatement,
        _ parameters: [PostgresParameter] = [],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        do {
            return try await connection.execute([(statement, parameters)], in: id, deadline).first ?? PostgresRows()
        } catch {
            var error = error
            error.statementIndex = nil
            throw error
        }
    }

    /// Runs several statements in one round trip. When one fails, those after it are skipped.
    @discardableResult
    public nonisolated(nonsending) func executeAll(
        _ batch: [(PostgresStatement, [PostgresParameter])],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        try await connection.execute(batch, in: id, deadline)
    }

    /// Runs the last statements and COMMIT in one round trip, which saves one.
    ///
    /// The transaction has ended then: whatever its body does later cannot take part in it nor undo it.
    @discardableResult
    public nonisolated(nonsending) func commit(
        after batch: [(PostgresStatement, [PostgresParameter])],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        try await connection.execute(batch, in: id, deadline, andCommit: true)
    }

    /// Runs a script by the simple protocol, without parameters or results. It must not end the transaction.
    public nonisolated(nonsending) func runScript(_ sql: String, deadline: Duration? = nil) async throws(PostgresError)
    {
        try await connection.runScript(sql, in: id, deadline)
    }

    /// Runs `body`; when it throws, its statements are undone, the transaction can go on, and the error is
    /// thrown on.
    ///
    /// Costs no round trip of its own. A `body` that keeps the failure of a statement to itself is undone
    /// as well, and ``PostgresError/Code/rolledBack`` is thrown.
    @discardableResult
    public nonisolated(nonsending) func savepoint<Result>(
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let depth = try await connection.openSavepoint(in: id)
        let result: Result
        do {
            result = try await body(self)
        } catch {
            await connection.rollBack(toSavepoint: depth, in: id)
            throw error
        }
        try await connection.releaseSavepoint(depth, in: id)
        return result
    }
}
