/// What persons may have said of sagas, and what must not pass for it.
extension Planting {
    static let personsWords: [Planting] = [
        Planting(
            allowed: "a person said that a step has happened, and had others passed over",
            saga: saga(
                "completed",
                #"{"s":[[5,1,1,1,0,1,3,0,0,0,1],[16,1,1,1,0,0,4,0,0,0,2],[7,1,1,1,0,1,5,0,0,0,2]]}"#,
                [("timer", nil), ("resolved-done", "act"), ("skipped", "tell"), ("skip-forced", "note")])),
        Planting(
            allowed: "a person has undone a step by hand",
            saga: saga(
                "compensated", #"{"s":[[11,8,8,1,0,0,2,0,0,0,1],0,0],"f":{"kind":"cancelled"}}"#,
                [("done", "act"), ("compensation-requested", nil), ("timer", nil), ("resolved-undone", "act")]),
            core: barrierRow(ID.saga(6), "act")),
        Planting(
            allowed: "a person has paused a saga, and no time counts for it",
            saga: saga(
                "running", #"{"s":[[2,1,1,1,30000001],0,0],"p":1}"#,
                [("retry", "act"), ("timer", nil), ("timer", nil), ("paused", nil)])),
    ]

    /// The same, but nobody has said so.
    static let nobodysWords: [Planting] = [
        Planting(
            "a step is passed over without a word in the stored state", "1e", says: "tell is in phase 16",
            saga: saga(
                "completed",
                #"{"s":[[5,1,1,1,0,1,3,0,0,0,1],[16,1,1,1,0,0,4],[7,1,1,1,0,1,5,0,0,0,2]]}"#,
                [("timer", nil), ("resolved-done", "act"), ("skipped", "tell"), ("skip-forced", "note")])),
        Planting(
            "a step is left that a person undid another of", "1b", says: "left act",
            saga: saga(
                "compensated", #"{"s":[[11,8,8,1,0,0,2,0,0,0,1],0,0],"f":{"kind":"cancelled"}}"#,
                [("done", "act"), ("compensation-requested", nil), ("timer", nil), ("resolved-undone", "tell")]),
            core: barrierRow(ID.saga(6), "act")),
    ]

    /// A saga of three steps with that history after its start.
    private static func saga(_ status: String, _ state: String, _ events: [(kind: String, step: String?)]) -> String {
        let rows = events.enumerated().map { index, event in
            historyRow(
                ID.saga(6), index + 2, event.kind, ["done", "retry"].contains(event.kind) ? "do" : nil, event.step)
        }
        let isOver = status != "running"
        return """
            INSERT INTO workflow_versions (workflow, version, digest, source) VALUES ('other', 1, 'd', 'workflow: other
            steps:
              - act: { do: device.act, undo: device.unact }
              - tell: { do: device.tell, undo: device.untell, skippable: true }
              - note: { do: device.note, undo: device.unnote }
            ');
            INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at,
                    has_incident, status, state)
                VALUES ('\(ID.saga(6))', now(), 1, 2, \(events.count + 1), 1, now(), \(isOver ? "now()" : "NULL"), false,
                    '\(status)', '\(state)');
            INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
                VALUES ('\(ID.saga(6))', now(), 2, '', 'other', 'default', 'key-6');
            \(historyRow(ID.saga(6), 1, "started"))
            \(rows.joined())
            """
    }
}
