/// A saga of another workflow, with one step, beside those of ``Past``; its number is 6.
struct Other {
    enum End: String {
        case running, completed, compensated
    }

    let workflow: String
    let end: End
    var input = "{}"
    /// What the step says of itself.
    var step = "act: { do: test.action, undo: test.undo }"
    var action = "test.action"
    var reply = "{}"
    /// The step's place in the stored state; nil: as its end has it.
    var slot: String?
    var parent: (id: String, depth: Int)?
    /// Whether a timer wakes it up while it is open.
    var hasTimer = true

    private var revision: Int {
        switch end {
        case .running: 1
        case .completed: 2
        case .compensated: 4
        }
    }

    /// For the orchestrator's database.
    var saga: String {
        let id = ID.saga(6)
        let state =
            switch end {
            case .running: slot ?? "[1,1,1,1,10000001]"
            case .completed: slot ?? "[5,1,1,1,0,0,2]"
            case .compensated: slot ?? "[11,1,1,1,0,0,2]"
            }
        let failure = end == .compensated ? #","f":{"kind":"cancelled"}"# : ""
        var sql = """
            INSERT INTO workflow_versions (workflow, version, digest, source)
                VALUES ('\(workflow)', 2, 'd', E'workflow: \(workflow)\\nsteps:\\n  - \(step)\\n');
            INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at,
                    has_incident, status, state)
                VALUES ('\(id)', now(), 1, (SELECT max(id) FROM workflow_versions), \(revision), 1, now(),
                    \(end == .running ? "NULL" : "now()"), false, '\(end.rawValue)', '{"s":[\(state)]\(failure)}');
            INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key,
                    parent_id, parent_step, parent_item, parent_round, depth)
                VALUES ('\(id)', now(), (SELECT max(id) FROM workflow_versions), '', '\(workflow)', 'default', 'key-6',
                    \(parent.map { "'\($0.id)', 'act', 0, 1, \($0.depth)" } ?? "NULL, NULL, NULL, NULL, NULL"));
            \(historyRow(id, 1, "started", data: input))
            """
        switch end {
        case .running:
            if hasTimer { sql += "INSERT INTO saga_timers (due_at, saga_id) VALUES (now(), '\(id)');" }
        case .completed:
            sql += historyRow(id, 2, "done", "do", "act")
        case .compensated:
            sql +=
                historyRow(id, 2, "done", "do", "act") + historyRow(id, 3, "compensation-requested")
                + historyRow(id, 4, "done", "undo", "act")
        }
        return sql
    }

    /// For the database of the service that has its step.
    var barrier: String {
        let done = barrierRow(ID.saga(6), "act", action: action, reply: reply)
        return switch end {
        case .running: ""
        case .completed: done
        case .compensated: done + barrierRow(ID.saga(6), "act", "undo")
        }
    }
}
