package import SagaCore
package import SagaEngine
package import SagaValues
internal import Testing

/// A node that writes batches.
package struct Author: Sendable {
    package let store: any SagaStore
    package let node: NodeID
    package let workflow: WorkflowRecord
    package private(set) var number: Int64 = 0

    /// A new node with a store of its own.
    package init(_ fixture: any StoreFixture, named name: String = "author") async throws {
        try await self.init(on: fixture.makeStore(), named: name)
    }

    package init(on store: any SagaStore, named name: String = "author") async throws {
        self.store = store
        workflow = try await store.deploy(workflow: "buy", version: 1, digest: "d1", source: "workflow: buy")
        node = try await store.register(nodeNamed: name)
    }

    /// The same node, writing through another store.
    package init(_ author: Author, on store: any SagaStore) {
        self.store = store
        node = author.node
        workflow = author.workflow
        number = author.number
    }

    /// The next batch, not yet written.
    package mutating func batch(_ build: (inout Batch) -> Void) -> Batch {
        number += 1
        var batch = Batch(node: node, number: number)
        build(&batch)
        return batch
    }

    @discardableResult
    package mutating func commit(_ build: (inout Batch) -> Void) async throws -> CommitResult {
        try await store.commit(batch(build))
    }

    /// A saga that is not started yet.
    package func sample(
        key: String? = nil, tenant: String = "default", locks: [String] = [], businessKey: String? = nil,
        input: String = #"{"a":1}"#, parent: ParentLink? = nil, rerunOf: UUID? = nil,
        at time: Timestamp = .wholeNow
    ) -> Sample {
        let id = UUID.v7(at: time, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
        return Sample(
            id: id,
            origin: SagaOrigin(
                workflowID: workflow.id,
                key: StartKey(tenant: tenant, workflow: workflow.workflow, idempotencyKey: key ?? "key of \(id)"),
                inputDigest: Array(repeating: 7, count: 32), businessKey: businessKey,
                trace: TraceContext(
                    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "vendor=1"),
                startedAt: time, parent: parent, rerunOf: rerunOf),
            locks: locks, input: Array(input.utf8))
    }

    /// Starts sagas in a batch of their own.
    package mutating func start(_ samples: Sample..., timer: Timestamp? = nil, queued: Bool = false) async throws {
        try await start(samples, timer: timer, queued: queued)
    }

    package mutating func start(_ samples: [Sample], timer: Timestamp? = nil, queued: Bool = false) async throws {
        try await commit { batch in
            for sample in samples { batch.start(sample, timer: timer, queued: queued) }
        }
    }

    /// Ends a saga in a batch of its own.
    package mutating func end(_ sample: Sample, from revision: Int, releasesLocks: Bool = false) async throws {
        let result = try await commit {
            $0.update(sample, from: revision, status: .completed, releasesLocks: releasesLocks)
        }
        #expect(result.stale.isEmpty)
    }

    package func loaded(_ sample: Sample) async throws -> StoredSaga {
        let found = try await store.load([sample.id])
        return try #require(found.first)
    }

    package func row(_ sample: Sample) async throws -> SagaRow {
        try await loaded(sample).row
    }

    package func history(_ sample: Sample) async throws -> [HistoryEntry] {
        try await store.history(sample.id, after: 0, limit: 1000)
    }
}

/// A saga of these checks.
package struct Sample: Sendable {
    package let id: UUID
    package let origin: SagaOrigin
    package let locks: [String]
    package let input: [UInt8]
}

extension Batch {
    package mutating func start(
        _ sample: Sample, timer: Timestamp? = nil, queued: Bool = false, status: Saga.Status? = nil
    ) {
        let status = status ?? (queued ? .queued : .running)
        starts.append(
            NewSaga(
                id: sample.id, origin: sample.origin, locks: sample.locks,
                row: .sample(status, 1, timer: timer, at: sample.origin.startedAt)))
        let entry = HistoryEntry(
            revision: 1, at: sample.origin.startedAt, kind: queued ? .queued : .started, data: sample.input)
        history.append(HistoryRow(saga: sample.id, entry: entry))
        if let timer { timersAdded.append(SagaTimer(saga: sample.id, due: timer)) }
    }

    /// An update with as many history rows as it has events; the timer it names is not added.
    package mutating func update(
        _ sample: Sample, from revision: Int, events: Int = 1, status: Saga.Status = .running, timer: Timestamp? = nil,
        hasIncident: Bool = false, takesLocks: Bool = false, releasesLocks: Bool = false, sends: Bool = true,
        data: String = #"{"o":1}"#, outputs: [Int]? = nil, movedTo: Int32? = nil
    ) {
        let now = Timestamp.wholeNow
        updates.append(
            SagaUpdate(
                id: sample.id, expectedRevision: revision,
                row: .sample(
                    status, revision + events, timer: timer, hasIncident: hasIncident, at: now,
                    outputs: outputs),
                takesLocks: takesLocks, releasesLocks: releasesLocks, sends: sends, movedTo: movedTo))
        for event in 0..<events {
            let entry = HistoryEntry(
                revision: revision + 1 + event, at: now, kind: .done, step: "step-\(event)", direction: .do, attempt: 1,
                data: Array(data.utf8))
            history.append(HistoryRow(saga: sample.id, entry: entry))
        }
    }
}

extension SagaRow {
    static func sample(
        _ status: Saga.Status, _ revision: Int, timer: Timestamp? = nil, hasIncident: Bool = false, at time: Timestamp,
        outputs: [Int]? = nil
    ) -> SagaRow {
        // Of the last row there is an output, unless somebody says otherwise.
        SagaRow(
            status: status, revision: revision, state: .state(outputs: outputs ?? (revision > 1 ? [revision] : [])),
            timerAt: timer,
            hasOpenIncident: hasIncident, updatedAt: time, endedAt: status.isTerminal ? time : nil)
    }
}

extension [UInt8] {
    /// A saga's state: a first step that is not reached, and others that have their outputs in these rows.
    fileprivate static func state(outputs: [Int]) -> [UInt8] {
        let steps = outputs.map { ",[5,1,1,1,0,0,\($0)]" }.joined()
        return Array(#"{"s":[0\#(steps)]}"#.utf8)
    }
}

extension Timestamp {
    /// Now, without the end that could hide that something is cut: whole tens of microseconds plus three.
    package static var wholeNow: Timestamp { Timestamp(microseconds: Timestamp.now().microseconds / 10 * 10 + 3) }

    package static func fromNow(_ duration: Duration) -> Timestamp { .wholeNow + duration }
}

/// Runs `body` and gives the code of the error that it throws; nil if it throws none.
package func failure(_ body: () async throws -> Void) async -> StoreError.Code? {
    do {
        try await body()
        return nil
    } catch {
        guard let error = error as? StoreError else {
            Issue.record("not a StoreError: \(error)")
            return nil
        }
        return error.code
    }
}

extension Result where Failure == any Error, Success: Sendable {
    package init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
