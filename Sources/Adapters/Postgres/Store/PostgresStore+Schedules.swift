internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore {
    /// Most of the time every row is there, and nothing is written.
    public func schedules(of workflows: [String]) async throws(StoreError) -> ScheduleMarks {
        let names = PostgresParameter.texts(workflows)
        let results = try await idempotently(
            [(Statements.addSchedules, [names]), (Statements.schedules, [names]), (Statements.scheduleClock, [])],
            on: watcher)
        return try StoreError.reading { () throws(PostgresError) in
            var marks: [String: Timestamp] = [:]
            for row in results[1] { marks[try row.text(0)] = try row.timestamp(1) }
            let clock = results[2][0]
            return ScheduleMarks(marks: marks, now: try clock.timestamp(0), catalogRevision: Int(try clock.int64(1)))
        }
    }

    public func advanceSchedule(of workflow: String, to time: Timestamp) async throws(StoreError) {
        _ = try await idempotently(
            [(Statements.advanceSchedule, [.text(workflow), .timestamp(time)])], on: watcher)
    }
}
