internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// The incidents of a batch. One that opens and closes in the same batch is written closed.
struct IncidentColumns {
    private var opened: [IncidentOpening] = []
    private var resolutions: [IncidentResolution?] = []
    private var resolved: [IncidentResolution] = []

    var isEmpty: Bool { opened.isEmpty && resolved.isEmpty }

    init() {}

    /// Those of the sagas that are asked for.
    init(_ batch: Batch, of isWanted: (UUID) -> Bool) {
        resolved = batch.incidentsResolved.filter { isWanted($0.saga) }
        for opening in batch.incidentsOpened where isWanted(opening.saga) {
            let index = resolved.firstIndex {
                $0.saga == opening.saga && $0.openedRevision == opening.openedRevision
            }
            opened.append(opening)
            resolutions.append(index.map { resolved.remove(at: $0) })
        }
    }

    var parameters: [PostgresParameter] {
        [
            .uuids(opened.map(\.saga)), .int32s(opened.map { Int32(clamping: $0.openedRevision) }),
            .timestamps(opened.map(\.at)), .texts(opened.map(\.step)), .texts(opened.map(\.participant)),
            .texts(opened.map(\.cause.rawValue)), .optionalTexts(opened.map(\.error?.code)),
            .optionalTexts(opened.map(\.error?.message)), .optionalTimestamps(resolutions.map { $0?.at }),
            .optionalTexts(resolutions.map { $0?.resolution.rawValue }),
            .uuids(resolved.map(\.saga)), .int32s(resolved.map { Int32(clamping: $0.openedRevision) }),
            .timestamps(resolved.map(\.at)), .texts(resolved.map(\.resolution.rawValue)),
        ]
    }

    /// Parts of a statement in which `u` are the sagas that were written.
    static func sql(from first: Int) -> String {
        let opened = Parameters.list(
            [
                "uuid", "int", "timestamptz", "text", "text", "text", "text", "text", "timestamptz", "text",
            ], from: first)
        let resolved = Parameters.list(["uuid", "int", "timestamptz", "text"], from: first + 10)
        return """
            opened AS (
                INSERT INTO saga_incidents (saga_id, opened_revision, opened_at, step, participant, cause,
                    error_code, error_message, resolved_at, resolution)
                SELECT * FROM unnest(\(opened)) AS o(saga_id, opened_revision, opened_at, step, participant, cause,
                    error_code, error_message, resolved_at, resolution)
                WHERE (o.saga_id IN (SELECT id FROM u)) IS TRUE
                ON CONFLICT DO NOTHING
            ),
            resolved AS (
                UPDATE saga_incidents AS i SET resolved_at = r.resolved_at, resolution = r.resolution
                FROM unnest(\(resolved)) AS r(saga_id, opened_revision, resolved_at, resolution)
                CROSS JOIN LATERAL (
                    SELECT x.ctid FROM saga_incidents x
                    WHERE x.saga_id = r.saga_id AND x.opened_revision = r.opened_revision OFFSET 0) AS found
                WHERE i.ctid = found.ctid AND i.resolved_at IS NULL AND (r.saga_id IN (SELECT id FROM u)) IS TRUE
            )
            """
    }
}
