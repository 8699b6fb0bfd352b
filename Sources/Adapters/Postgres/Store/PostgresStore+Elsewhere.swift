internal import Postgres
internal import SagaCore
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func children(of links: [ParentLink]) async throws(StoreError) -> [ChildRecord] {
        let places = Array(Set(links.map(\.place)))
        guard !places.isEmpty else { return [] }
        let results = try await StoreError.translating { () async throws(PostgresError) in
            try await scouts.executeAll([
                (Statements.planLookups, []),
                (
                    Statements.children,
                    [
                        .uuids(places.map(\.saga)), .texts(places.map(\.step)),
                        .int32s(places.map { Int32(clamping: $0.item) }),
                    ]
                ),
            ])
        }
        return try StoreError.reading { () throws(PostgresError) in
            var children: [ChildRecord] = []
            for row in results[1] {
                let place = places[Int(try row.int64(0)) - 1]
                children.append(
                    ChildRecord(
                        saga: try row.uuid(1),
                        link: ParentLink(
                            saga: place.saga, step: place.step, item: place.item, round: Int(try row.int32(2)),
                            body: try row.optionalText(3), depth: Int(try row.int32(4)))))
            }
            return children
        }
    }

    // MARK: Events

    /// One round trip, in which two transactions follow each other: what the first stores is committed before the second
    /// takes its snapshot to look. If that does not see an event which is kept at the same time, the event was committed
    /// after it, so its keeper's look comes later still, and sees the wait. Within one transaction neither would see
    /// what the other has not committed yet.
    public func listen(_ waits: [EventWait]) async throws(StoreError) -> [MatchedEvent] {
        let rows = waits.sorted { ($0.saga, $0.step) < ($1.saga, $1.step) }.flatMap { wait in
            wait.keys.enumerated().map { (wait: wait, ordinal: Int16(clamping: $0.offset), key: $0.element.text) }
        }
        guard !rows.isEmpty else { return [] }
        let sagas = PostgresParameter.uuids(rows.map(\.wait.saga))
        let steps = PostgresParameter.texts(rows.map(\.wait.step))
        let since = PostgresParameter.timestamps(rows.map(\.wait.since))
        let keys = PostgresParameter.texts(rows.map(\.key))
        let results = try await idempotently([
            (Statements.addWaits, [sagas, steps, .int16s(rows.map(\.ordinal)), since, keys]),
            (Statements.commitAndGoOn, []), (Statements.planLookups, []),
            (Statements.eventsForWaits, [sagas, steps, since, keys]),
        ])
        return try matches(results[3])
    }

    /// Two transactions in one round trip, see ``listen(_:)``.
    public func keep(_ events: [KeptEvent]) async throws(StoreError) -> KeptEvents {
        guard !events.isEmpty else { return KeptEvents(matches: [], catalogRevision: 0) }
        var unique: [[UInt8]: KeptEvent] = [:]
        for event in events {
            let name = Array(event.name.utf8)
            let known = unique[name]
            unique[name] = KeptEvent(
                event: known?.event ?? event.event, keys: (known?.keys ?? []) + event.keys,
                recipient: known?.recipient ?? event.recipient)
        }
        // In one order by all, so that no two keepers wait for each other.
        let sorted = unique.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        let sent = sorted.filter { $0.recipient == nil }
        let keys = sorted.flatMap { kept in kept.keys.map { (id: kept.name, key: $0.text) } }
        let pairs: [PostgresParameter] = [.texts(keys.map(\.id)), .texts(keys.map(\.key))]
        var statements: [(PostgresStatement, [PostgresParameter])] = [
            (
                Statements.addEvents,
                [.texts(sent.map(\.event.id)), .texts(sent.map(\.event.name)), .byteArrays(sent.map(\.event.body))]
            )
        ]
        for event in sorted {
            guard let recipient = event.recipient else { continue }
            statements.append(
                (
                    Statements.addSignal,
                    AuditColumns([recipient.audit]).parameters + [
                        .text(event.name), .text(event.event.name), .bytes(event.event.body), .uuid(recipient.saga),
                        .text(event.event.id),
                    ]
                ))
        }
        statements += [
            (Statements.addEventKeys, pairs), (Statements.commitAndGoOn, []), (Statements.planLookups, []),
            (Statements.waitsForEvents, pairs), (Statements.readCatalogRevision, []),
        ]
        let results = try await idempotently(statements)
        let last = results[results.count - 1]
        let revision = try StoreError.reading { () throws(PostgresError) in try last[0].int64(0) }
        return KeptEvents(matches: try matches(results[results.count - 2]), catalogRevision: Int(revision))
    }

    public func hasTaken(event id: String, saga: UUID) async throws(StoreError) -> Bool {
        let results = try await idempotently([(Statements.hasTaken, [.uuid(saga), .text(id)])], on: watcher)
        return try StoreError.reading { () throws(PostgresError) in try results[0][0].bool(0) }
    }

    public func signalsWaitedFor(limit: Int) async throws(StoreError) -> [MatchedEvent] {
        let results = try await idempotently(
            [(Statements.planLookups, []), (Statements.signalsWaitedFor, [.int64(Int64(limit))])], on: watcher)
        return try matches(results[1])
    }

    public func dropEvents(before: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let most = PostgresParameter.int64(Int64(limit))
        let results = try await idempotently(
            [
                (Statements.planForTheseValues, []), (Statements.dropEvents, [.timestamp(before), most]),
                (Statements.dropTaken, [.timestamp(before), most]), (Statements.dropWaits, [most]),
                (Statements.dropFailedStarts, [.timestamp(before), most]),
            ], on: watcher)
        return results[1...].reduce(0) { $0 + $1.affected }
    }

    /// Whether it was done when the answer was lost does not matter: done twice it is the same.
    func idempotently(
        _ statements: [(PostgresStatement, [PostgresParameter])], on connection: PostgresConnection? = nil
    ) async throws(StoreError) -> [PostgresRows] {
        do throws(PostgresError) {
            return try await (connection ?? writer).executeAll(statements)
        } catch {
            let error = StoreError(error)
            throw error.code == .outcomeUnknown ? StoreError(.unavailable, error.message) : error
        }
    }

    private func matches(_ rows: PostgresRows) throws(StoreError) -> [MatchedEvent] {
        try StoreError.reading { () throws(PostgresError) in
            var bodies: [[UInt8]: DomainEvent] = [:]
            for row in rows {
                guard let name = try row.optionalText(4), let body = try row.optionalBytes(5) else { continue }
                bodies[Array(try row.text(2).utf8)] = DomainEvent(id: try row.text(3), name: name, body: body)
            }
            var matches: [MatchedEvent] = []
            for row in rows {
                guard let event = bodies[Array(try row.text(2).utf8)] else { continue }
                matches.append(MatchedEvent(saga: try row.uuid(0), step: try row.text(1), event: event))
            }
            return matches
        }
    }
}
