internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    /// Two round trips: the states tell where the payloads are. What is written once does not change between the two.
    public func load(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] {
        let found = try await loadStates(ids)
        let named = found.map { ($0.id, Set(Saga.payloadRevisions(inEncodedState: $0.row.state))) }
        let payloads = try await self.payloads(Dictionary(uniqueKeysWithValues: named))
        return found.map { saga in
            StoredSaga(
                id: saga.id, origin: saga.origin, row: saga.row, payloads: payloads[saga.id] ?? [:], owedBy: saga.owedBy
            )
        }
    }

    public func loadStates(_ ids: [UUID]) async throws(StoreError) -> [StoredSaga] {
        guard !ids.isEmpty else { return [] }
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await scouts.executeAll([
                (Statements.planLookups, []), (Statements.load, [.uuids(Set(ids).sorted())]),
            ])[1]
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let stored = try row.sagaRow(from: 1) else { return nil as StoredSaga? }
            return StoredSaga(
                id: try row.uuid(0), origin: try row.origin(from: 8), row: stored, payloads: [:],
                owedBy: try row.optionalInt64(24).map { NodeID(rawValue: $0) })
        }
    }

    public func payloads(_ wanted: [UUID: Set<Int>]) async throws(StoreError) -> [UUID: [Int: [UInt8]]] {
        guard !wanted.isEmpty else { return [:] }
        var ids: [UUID] = []
        var revisions: [Int32] = []
        for (id, rows) in wanted.sorted(by: { $0.key < $1.key }) {
            for revision in rows.sorted() {
                ids.append(id)
                revisions.append(Int32(clamping: revision))
            }
        }
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await scouts.executeAll([
                (Statements.planLookups, []), (Statements.payloads, [.uuids(ids), .int32s(revisions)]),
            ])[1]
        }
        return try StoreError.reading { () throws(PostgresError) in
            var payloads: [UUID: [Int: [UInt8]]] = [:]
            payloads.reserveCapacity(wanted.count)
            for row in rows { payloads[try row.uuid(0), default: [:]][Int(try row.int32(1))] = try row.bytes(2) }
            return payloads
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
