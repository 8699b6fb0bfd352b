internal import Postgres
internal import PostgresStore
internal import SagaCLI
internal import SagaCore
internal import SagaEngine
internal import SagaServer
internal import SagaValues
internal import Workflows

/// What an event of a long saga costs near the beginning of its life and near the end.
struct BenchLife: Sendable {
    let name: String
    let isCached: Bool
    /// Rows of history in all.
    let events: Int
    let seconds: Double
    let early: Tenth
    let late: Tenth

    /// A tenth of a life: everything that is counted, at its two ends.
    struct Tenth: Sendable {
        let before: Moment
        let after: Moment
        /// Bytes of the saga's row, which every event rewrites, as it was after that.
        let stateBytes: Int

        struct Moment: Sendable {
            let at: ContinuousClock.Instant
            let events: Int
            let commits: Int
            let store: StoreCosts
            let statements: PostgresStatistics
        }
    }

    struct Cost: Sendable {
        let name: String
        let early: Double
        let late: Double

        /// How much dearer it has become, about 1 if it does not depend on what went before; nil where there was none.
        var ratio: Double? { early > 0 ? late / early : nil }
    }

    var costs: [Cost] {
        zip(early.costs, late.costs).map { Cost(name: $0.name, early: $0.value, late: $1.value) }
    }
}

extension BenchLife.Tenth {
    fileprivate var costs: [(name: String, value: Double)] {
        let events = Double(max(1, after.events - before.events))
        let store = after.store - before.store
        let statements = after.statements - before.statements
        let commits = Double(max(1, after.commits - before.commits))
        return [
            ("stateBytes", Double(stateBytes)),
            ("walBytes", Double(store.walBytes) / events),
            ("sqlBytesSent", Double(statements.parameterBytes) / events),
            ("sqlRoundTrips", Double(statements.roundTrips) / events),
            ("sqlRoundTripsPerCommit", Double(statements.roundTrips) / commits),
            ("rowsRead", Double(statements.rows) / events),
            ("rowsReadPerCommit", Double(statements.rows) / commits),
            ("rowsWritten", Double(store.rowsInserted + store.rowsUpdated + store.rowsDeleted) / events),
            ("eventsPerCommit", events / commits),
            ("milliseconds", Double((after.at - before.at).wholeMicroseconds) / 1_000 / events),
        ]
    }
}

extension BenchNode {
    /// Runs one long saga to its end.
    ///
    /// The tenths begin a little after its beginning and end a little before its end: while a list gets going and when
    /// it runs out fewer items are under way, so that fewer events share a commit, whatever came before.
    func measure(_ life: LongSaga, isCached: Bool) async throws -> BenchLife {
        _ = try await engine.deploy(try Workflow.compile(life.definition))
        let (began, start) = (engine.statistics.transitions, ContinuousClock.now)
        let saga = try await engine.start(
            StartRequest(workflow: life.workflow, idempotencyKey: "\(life.name)-\(isCached)", input: life.input)
        ).saga
        func reach(_ events: Int) async throws {
            let goal = began + events
            let deadline = ContinuousClock.now + .seconds(1_800)
            while engine.statistics.transitions < goal {
                guard ContinuousClock.now < deadline else { throw Refusal("\(life.name) does not get on") }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        func moment() async throws -> BenchLife.Tenth.Moment {
            let costs = try await store.costs()
            let statistics = store.statistics
            return BenchLife.Tenth.Moment(
                at: .now, events: engine.statistics.transitions - began, commits: statistics.commits, store: costs,
                statements: statistics.batches)
        }
        func tenth(from first: Int) async throws -> BenchLife.Tenth {
            try await reach(life.events * first / 100)
            let before = try await moment()
            // On a fast machine much happens while it is counted; something has to lie between the two all the same.
            try await reach(max(life.events * (first + 10) / 100, before.events + life.events / 20))
            let after = try await moment()
            let row = try await store.summary(saga)?.row
            return BenchLife.Tenth(before: before, after: after, stateBytes: row?.state.count ?? 0)
        }
        let early = try await tenth(from: 3)
        let late = try await tenth(from: 85)
        guard try await engine.waitForEnd(saga, upTo: .seconds(600))?.row.status == .completed else {
            throw Refusal("\(life.name) has not completed")
        }
        return BenchLife(
            name: life.name, isCached: isCached, events: engine.statistics.transitions - began,
            seconds: Double((ContinuousClock.now - start).wholeMicroseconds) / 1_000_000, early: early, late: late)
    }
}
