internal import CPostgres

/// What one statement gave: rows, and how many it affected.
///
/// Values stay in the server's binary form and are decoded when they are read.
public struct PostgresRows: Sendable {
    private let result: QueryResult?
    public let count: Int
    /// Rows inserted, updated, deleted or selected, as the server's command tag tells.
    public let affected: Int

    /// The result of a statement whose outcome holds no rows.
    init() {
        result = nil
        count = 0
        affected = 0
    }

    init(_ result: QueryResult) {
        self.result = result
        count = result.rowCount
        affected = result.affectedRows
    }
}

extension PostgresRows: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(row: Int) -> PostgresRow {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        return PostgresRow(result: result!, row: Int32(row))
    }
}

/// A finished result of libpq, freed with its last user.
// SAFETY: nothing changes a PGresult after libpq has handed it out, and reading one is thread-safe.
final class QueryResult: @unchecked Sendable {
    let raw: OpaquePointer

    /// Takes over `raw`.
    init(_ raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        PQclear(raw)
    }

    var status: ExecStatusType { PQresultStatus(raw) }
    var rowCount: Int { Int(PQntuples(raw)) }
    var columnCount: Int { Int(PQnfields(raw)) }

    var affectedRows: Int {
        guard let text = PQcmdTuples(raw) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// `COMMIT`, `INSERT 0 1`…
    var commandTag: String {
        PQcmdStatus(raw).map { String(cString: $0) } ?? ""
    }

    func errorField(_ field: Int32) -> String? {
        PQresultErrorField(raw, field).map { String(cString: $0) }
    }
}
