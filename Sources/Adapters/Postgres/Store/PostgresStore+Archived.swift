internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func archived(_ id: UUID) async throws(StoreError) -> ArchivedSaga? {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.archived, [.uuid(id)])
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let status = Saga.Status(rawValue: try row.text(3)) else { return nil as ArchivedSaga? }
            return ArchivedSaga(
                id: id,
                key: StartKey(tenant: try row.text(0), workflow: try row.text(1), idempotencyKey: try row.text(2)),
                status: status, endedAt: try row.timestamp(4), file: try row.text(5))
        }.first
    }
}

extension Statements {
    fileprivate static let archived = PostgresStatement(
        """
        SELECT d.tenant, d.workflow, d.idempotency_key, d.status, d.ended_at, coalesce(f.file, '')
        FROM saga_archived d LEFT JOIN saga_archives f ON f.number = d.archive WHERE d.id = $1
        """, name: "archived")
}
