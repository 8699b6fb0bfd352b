extension Planting {
    static let ends: [Planting] = [
        Planting(
            "a required step of a completed saga is not done", "1a", says: "\(ID.saga(1)) lacks raise-quota",
            saga: """
                UPDATE saga_history SET kind = 'working' WHERE saga_id = '\(ID.saga(1))' AND step = 'raise-quota';
                \(state(ID.saga(1), "[5,1,1,1,0,0,7]", "[5,1,1,1]"))
                """),
        Planting(
            "a workflow cannot be read", "1a", says: "\(ID.saga(6)) is of other, whose steps are unknown",
            saga: """
                INSERT INTO workflow_versions (workflow, version, digest, source) VALUES ('other', 1, 'd', 'steps: []');
                INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at,
                        has_incident, status, state)
                    VALUES ('\(ID.saga(6))', now(), 1, 2, 1, 1, now(), now(), false, 'completed', '{"s":[]}');
                INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
                    VALUES ('\(ID.saga(6))', now(), 2, '', 'other', 'default', 'key-6');
                \(historyRow(ID.saga(6), 1, "started"))
                """),
        Planting(
            "a step of a compensated saga is not undone", "1b", says: "\(ID.saga(2)) left create-order",
            follows: ["2e": "\(ID.saga(2)) has the word for the undo of create-order"],
            billing: """
                DELETE FROM saga_barrier
                WHERE saga_id = '\(ID.saga(2))' AND step = 'create-order' AND direction = 'undo';
                """),
        Planting(
            "a step that was given up was done after all, behind the back of a compensated saga", "1b",
            says: "\(ID.saga(2)) left raise-quota",
            saga: state(ID.saga(2), #""late"}],0,0]"#, #""late"}],[11,1,1,1],0]"#),
            core: barrierRow(ID.saga(2), "raise-quota")),
        Planting(
            "nothing wakes an open saga up", "1c", says: "\(ID.saga(4)) is lost while running",
            saga: """
                UPDATE saga_incidents SET resolved_at = now(), resolution = 'done';
                UPDATE sagas SET has_incident = false WHERE id = '\(ID.saga(4))';
                """),
        Planting(
            "a timer is too late for the reply that is waited for", "1d", says: "\(ID.saga(3)) is due at 2026-05-01",
            saga: "UPDATE saga_timers SET due_at = due_at + interval '1 second';"),
        Planting(
            "a timer is too late for the deadline", "1d", says: "\(ID.saga(4)) is due at 2026-05-01",
            saga: state(ID.saga(4), #","l":1"#, "")),
        Planting(
            "a compensated saga holds a step for done", "1e", says: "is compensated, but charge is in phase 5",
            saga: state(ID.saga(2), "[11,1,1,1,0,0,5]", "[5,1,1,1,0,0,5]")),
        Planting(
            "a completed saga holds a step for given up", "1e", says: "is completed, but raise-quota is in phase 7",
            saga: state(ID.saga(1), "[5,1,1,1,0,0,7]", "[7,1,1,1,0,0,7]")),
        Planting(
            "a saga has forgotten its incident", "1f", says: "\(ID.saga(4)) does not know of its incident",
            saga: "UPDATE sagas SET has_incident = false;"),
        Planting(
            "an incident outlives its saga", "1f", says: "\(ID.saga(1)) is over, but its incident on notify is open",
            saga: """
                UPDATE sagas SET has_incident = true WHERE id = '\(ID.saga(1))';
                INSERT INTO saga_incidents (saga_id, opened_revision, opened_at, step, participant, cause)
                    VALUES ('\(ID.saga(1))', 8, now(), 'notify', 'notification', 'exhausted');
                """),
    ]
}
