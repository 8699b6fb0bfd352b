internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    /// One round trip. A payload that is committed between the two looks is one that the caller does not use.
    public func load(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] {
        guard !ids.isEmpty else { return [] }
        let sorted = PostgresParameter.uuids(Set(ids).sorted())
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await scouts.executeAll([
                (Statements.planLookups, []), (Statements.load, [sorted]), (Statements.payloads, [sorted]),
            ])
        }
        var payloads: [UUID: [Int: [UInt8]]] = [:]
        payloads.reserveCapacity(results[1].count)
        try StoreError.reading { () throws(PostgresError) in
            for row in results[2] { payloads[try row.uuid(0), default: [:]][Int(try row.int32(1))] = try row.bytes(2) }
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in
            let id = try row.uuid(0)
            guard let stored = try row.sagaRow(from: 1) else { return nil }
            return StoredSaga(
                id: id, origin: try row.origin(from: 8), row: stored, payloads: payloads[id] ?? [:],
                owedBy: try row.optionalInt64(17).map { NodeID(rawValue: $0) })
        }
    }

    public func lookUp(starts: [StartKey], lockKeys: [String]) async throws(StoreError) -> StartLookup {
        guard !starts.isEmpty || !lockKeys.isEmpty else { return StartLookup(existing: [:], taken: []) }
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await scouts.executeAll([
                (Statements.planLookups, []),
                (
                    Statements.existingStarts,
                    [
                        .texts(starts.map(\.tenant)), .texts(starts.map(\.workflow)),
                        .texts(starts.map(\.idempotencyKey)),
                    ]
                ),
                (Statements.takenLocks, [.texts(lockKeys)]),
            ])
        }
        return try StoreError.reading { () throws(PostgresError) in
            var existing: [StartKey: StartLookup.Existing] = [:]
            for row in results[1] {
                let key = starts[Int(try row.int64(0)) - 1]
                existing[key] = .init(saga: try row.uuid(1), inputDigest: try row.bytes(2))
            }
            var taken: Set<String> = []
            for row in results[2] { taken.insert(try row.text(0)) }
            return StartLookup(existing: existing, taken: taken)
        }
    }

    public func dueTimers(limit: Int) async throws(StoreError) -> [DueTimer] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                (Statements.planLookups, []), (Statements.dueTimers, [.int64(Int64(limit))]),
            ])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in
            DueTimer(timer: SagaTimer(saga: try row.uuid(1), due: try row.timestamp(0)), isMoot: try row.bool(2))
        }
    }

    public func grantable(limit: Int) async throws(StoreError) -> [UUID] {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.executeAll([
                (Statements.planForTheseValues, []), (Statements.grantable, [.int64(Int64(limit))]),
            ])
        }
        return try Decoding.all(results[1]) { (row) throws(PostgresError) in try row.uuid(0) }
    }
}
