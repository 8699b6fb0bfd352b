internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore {
    /// A store has one node at a time: registering again gives up the former one's sign of life.
    public func register(nodeNamed name: String) async throws(StoreError) -> NodeID {
        try await StoreError.translating { () async throws(PostgresError) in
            NodeID(rawValue: try await lifeline.execute(Statements.register, [.text(name)])[0].int64(0))
        }
    }

    public func heartbeat(
        _ node: NodeID, watermark: Int64, lease: Duration
    ) async throws(StoreError) -> Heartbeat {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await lifeline.execute(
                Statements.heartbeat, [.int64(node.rawValue), .int64(watermark), .int64(lease.wholeMicroseconds)])
        }
        return try StoreError.reading { () throws(PostgresError) in
            var dead: [Heartbeat.DeadNode] = []
            for row in rows {
                guard let id = try row.optionalInt64(3) else { continue }
                dead.append(.init(id: NodeID(rawValue: id), watermark: try row.int64(4)))
            }
            return Heartbeat(
                now: try rows[0].timestamp(0), isRetired: try rows[0].bool(1), isLeader: try rows[0].bool(2), dead: dead
            )
        }
    }

    public func retire(_ node: NodeID) async throws(StoreError) {
        try await StoreError.translating { () async throws(PostgresError) in
            _ = try await writer.executeAll([
                (Statements.awaitCommits, [.int64(node.rawValue)]), (Statements.retire, [.int64(node.rawValue)]),
            ])
        }
    }

    public func claim(
        from dead: NodeID, after watermark: Int64, before bound: Int64, by node: NodeID, batch: Int64, limit: Int
    ) async throws(StoreError) -> [UUID] {
        try await StoreError.translating { () async throws(PostgresError) in
            let results = try await writer.executeAll([
                (Statements.beginCommit, [.int64(node.rawValue)]),
                (
                    Statements.claim,
                    [
                        .int64(dead.rawValue), .int64(watermark), .int64(node.rawValue), .int64(batch),
                        .int64(Int64(limit)), .int64(bound),
                    ]
                ),
            ])
            var ids: [UUID] = []
            for row in results[1] { ids.append(try row.uuid(0)) }
            return ids
        }
    }
}
