internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// History entries, column by column.
struct HistoryColumns {
    private var at: [Timestamp?] = []
    private var kind: [String?] = []
    private var step: [String?] = []
    private var item: [Int32?] = []
    private var direction: [String?] = []
    private var attempt: [Int32?] = []
    private var data: [[UInt8]?] = []

    /// nil stands for no entry.
    mutating func append(_ entry: HistoryEntry?) {
        at.append(entry?.at)
        kind.append(entry?.kind.rawValue)
        step.append(entry?.step)
        item.append(entry?.item.map { Int32(clamping: $0) })
        direction.append(entry?.direction?.rawValue)
        // It may be anything that a participant wrote; no attempt has a number as large as that.
        attempt.append(entry?.attempt.map { Int32(clamping: $0) })
        data.append(entry?.data)
    }

    /// For `unnest` as (at, kind, step, item, direction, attempt, data).
    var parameters: [PostgresParameter] {
        [
            .optionalTimestamps(at), .optionalTexts(kind), .optionalTexts(step), .optionalInt32s(item),
            .optionalTexts(direction), .optionalInt32s(attempt), .optionalByteArrays(data),
        ]
    }

    static func types(from first: Int) -> String {
        Parameters.list(["timestamptz", "text", "text", "int", "text", "int", "bytea"], from: first)
    }
}

/// The part of a saga that every transition rewrites, column by column.
struct RowColumns {
    private var status: [String] = []
    private var revision: [Int32] = []
    private var state: [[UInt8]] = []
    private var timerAt: [Timestamp?] = []
    private var hasIncident: [Bool] = []
    private var updatedAt: [Timestamp] = []
    private var endedAt: [Timestamp?] = []

    mutating func append(_ row: SagaRow) {
        status.append(row.status.rawValue)
        revision.append(Int32(clamping: row.revision))
        state.append(row.state)
        timerAt.append(row.timerAt)
        hasIncident.append(row.hasOpenIncident)
        updatedAt.append(row.updatedAt)
        endedAt.append(row.endedAt)
    }

    /// For `unnest` as (status, revision, state, timer_at, has_incident, updated_at, ended_at).
    var parameters: [PostgresParameter] {
        [
            .texts(status), .int32s(revision), .byteArrays(state), .optionalTimestamps(timerAt), .bools(hasIncident),
            .timestamps(updatedAt), .optionalTimestamps(endedAt),
        ]
    }

    static func types(from first: Int) -> String {
        Parameters.list(["text", "int", "bytea", "timestamptz", "bool", "timestamptz", "timestamptz"], from: first)
    }
}

enum Parameters {
    /// `$3::int[], $4::text[]`: one array parameter for each element type.
    static func list(_ types: [String], from first: Int) -> String {
        types.enumerated().map { "$\(first + $0.offset)::\($0.element)[]" }.joined(separator: ", ")
    }
}
