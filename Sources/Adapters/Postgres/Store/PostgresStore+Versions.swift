internal import Postgres
public import SagaEngine

extension PostgresStore {
    public func change(
        version: Int, of workflow: String, _ deed: VersionDeed, audit: AuditRecord
    ) async throws(StoreError) -> VersionChange {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (
                    Statements.changeVersion,
                    [.text(workflow), .int32(Int32(clamping: version)), .text(deed.rawValue)]
                        + AuditColumns([audit]).parameters
                ),
                (Statements.versionsOfWorkflow, [.text(workflow)]),
            ])
        }
        return VersionChange(
            isDone: results[0].affected > 0,
            versions: try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.workflow() })
    }
}

extension Statements {
    /// The line of the audit belongs to the change: without the one there is not the other.
    fileprivate static let changeVersion = PostgresStatement(
        """
        WITH changed AS MATERIALIZED (SELECT saga_change_version($1, $2, $3) AS is_done)
        \(AuditColumns.insert(from: 4, if: "(SELECT is_done FROM changed)"))
        """, name: "change_version", isReadOnly: false)

    fileprivate static let versionsOfWorkflow = PostgresStatement(
        "SELECT \(workflowColumns) FROM workflow_versions WHERE workflow = $1 ORDER BY id", name: "versions_of_workflow"
    )
}
