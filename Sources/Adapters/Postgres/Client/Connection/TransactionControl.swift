/// The statements around a transaction's own.
enum TransactionControl {
    static let commit = PostgresStatement("COMMIT")
    static let rollback = PostgresStatement("ROLLBACK")

    static func savepoint(_ depth: Int) -> PostgresStatement { PostgresStatement("SAVEPOINT saga_\(depth)") }
    static func release(_ depth: Int) -> PostgresStatement { PostgresStatement("RELEASE SAVEPOINT saga_\(depth)") }
    static func rollback(to depth: Int) -> PostgresStatement {
        PostgresStatement("ROLLBACK TO SAVEPOINT saga_\(depth)")
    }

    /// Whether a statement with this command tag begins or ends a transaction. (Going back to a savepoint
    /// has the tag of a rollback.)
    static func endsTransaction(_ tag: String) -> Bool {
        switch tag {
        case "BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "PREPARE TRANSACTION": true
        default: false
        }
    }

    fileprivate static let readCommitted = PostgresStatement("BEGIN ISOLATION LEVEL READ COMMITTED")
    fileprivate static let repeatableRead = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ")
    fileprivate static let serializable = PostgresStatement("BEGIN ISOLATION LEVEL SERIALIZABLE")
}

extension PostgresIsolation {
    /// Says all of it, whatever the database's defaults are.
    var begin: PostgresStatement {
        switch self {
        case .readCommitted: TransactionControl.readCommitted
        case .repeatableRead: TransactionControl.repeatableRead
        case .serializable: TransactionControl.serializable
        }
    }
}
