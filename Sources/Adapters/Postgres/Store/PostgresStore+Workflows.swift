internal import Postgres
public import SagaEngine

extension PostgresStore {
    public func deploy(
        workflow: String, version: Int, digest: String, source: String
    ) async throws(StoreError) -> WorkflowRecord {
        let number = Int32(clamping: version)
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.executeAll([
                (Statements.deploy, [.text(workflow), .int32(number), .text(digest), .text(source)]),
                (Statements.workflowVersion, [.text(workflow), .int32(number)]),
            ])
        }
        let record = try StoreError.reading { () throws(PostgresError) in try results[1][0].workflow() }
        guard record.digest == digest else {
            throw StoreError(.versionConflict, "\(workflow) version \(version) exists with another content")
        }
        return record
    }

    public func workflows(ids: [Int32]?) async throws(StoreError) -> [WorkflowRecord] {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            if let ids {
                try await readers.execute(Statements.someWorkflows, [.int32s(ids)])
            } else {
                try await readers.execute(Statements.allWorkflows)
            }
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.workflow() }
    }
}
