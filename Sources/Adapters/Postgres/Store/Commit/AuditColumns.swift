internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// Lines for the audit.
struct AuditColumns {
    private let records: [AuditRecord]

    init(_ records: [AuditRecord]) {
        self.records = records
    }

    var isEmpty: Bool { records.isEmpty }

    var parameters: [PostgresParameter] {
        [
            .timestamps(records.map(\.at)), .optionalUUIDs(records.map(\.saga)), .texts(records.map(\.author.subject)),
            .texts(records.map(\.author.credential)), .texts(records.map(\.author.role)),
            .optionalTexts(records.map(\.author.address)), .texts(records.map(\.verb)),
            .texts(records.map(\.outcome.rawValue)), .optionalTexts(records.map(\.tenant)),
            .optionalTexts(records.map(\.workflow)), .optionalTexts(records.map(\.step)),
            .texts(records.map(\.reason)), .texts(records.map { String(decoding: $0.detail, as: UTF8.self) }),
        ]
    }

    /// Part of a statement in which `u` are the updates that were made.
    static func sql(from first: Int) -> String {
        """

        audited AS (
            \(insert(from: first)) WHERE (a.saga_id IN (SELECT id FROM u)) IS TRUE
        ),
        """
    }

    /// Lines that belong to no batch.
    static let statement = PostgresStatement(insert(from: 1), name: "audit")

    /// Lines that belong to something else than a batch; `condition` says whether they are written.
    static func insert(from first: Int, if condition: String) -> String { "\(insert(from: first)) WHERE \(condition)" }

    /// How many parameters that has.
    static let parameterCount = 13

    /// Without an end, so that a condition may follow.
    static func insert(from first: Int) -> String {
        let types = [
            "timestamptz", "uuid", "text", "text", "text", "text", "text", "text", "text", "text", "text", "text",
            "text",
        ]
        let columns = """
            at, saga_id, subject, credential, role, address, verb, outcome, tenant, workflow, step, reason, detail
            """
        return """
            INSERT INTO saga_audit (\(columns))
                SELECT at, saga_id, subject, credential, role, address, verb, outcome, tenant, workflow, step, reason,
                    detail::json
                FROM unnest(\(Parameters.list(types, from: first))) AS a(\(columns))
            """
    }
}
