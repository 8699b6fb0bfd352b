/// Something wrong, put into the databases by hand, and what the checker has to say about it.
struct Planting: Sendable, CustomStringConvertible {
    /// What is wrong, in a sentence.
    let description: String
    /// The invariant that it is planted for.
    let invariant: String
    /// What must be in an example of each invariant that is broken, by its name. No other may be broken.
    let reports: [String: String]
    let saga: String
    let billing: String
    let core: String

    /// - Parameters:
    ///   - invariant: the one that it breaks, and `says` what must be in its example.
    ///   - follows: what else must be reported, since it follows.
    ///   - saga: SQL for the orchestrator's database; likewise `billing` and `core`.
    init(
        _ description: String, _ invariant: String, says: String, follows: [String: String] = [:], saga: String = "",
        billing: String = "", core: String = ""
    ) {
        self.description = "\(invariant): \(description)"
        self.invariant = invariant
        reports = follows.merging([invariant: says]) { _, own in own }
        (self.saga, self.billing, self.core) = (saga, billing, core)
    }

    /// Something unusual that is allowed: nothing may be reported.
    init(allowed description: String, saga: String, billing: String = "", core: String = "") {
        self.description = description
        invariant = ""
        reports = [:]
        (self.saga, self.billing, self.core) = (saga, billing, core)
    }

    static let all =
        ends + once + order + records + money + refunds + locks + things + families + letters + nobodysWords
}

extension Planting {
    static let allowed: [Planting] =
        [
            Planting(
                allowed: "branches of a parallel are undone in any order",
                saga: """
                    INSERT INTO workflow_versions (workflow, version, digest, source) VALUES ('other', 1, 'd', 'workflow: other
                    steps:
                      - both: # do: nothing
                          parallel:
                            - ports: { do: device.take-ports, undo: device.give-ports }
                            - proxy: { undo: device.give-proxy, do: device.take-proxy }
                    output: { do: it }
                    ');
                    INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at,
                            has_incident, status, state)
                        VALUES ('\(ID.saga(6))', now(), 1, 2, 6, 1, now(), now(), false, 'compensated',
                            '{"s":[[11,1,1,1,0,0,2],[11,1,1,1,0,0,3]],"f":{"kind":"cancelled"}}');
                    INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
                        VALUES ('\(ID.saga(6))', now(), 2, '', 'other', 'default', 'key-6');
                    \(historyRow(ID.saga(6), 1, "started"))
                    \(historyRow(ID.saga(6), 2, "done", "do", "ports"))
                    \(historyRow(ID.saga(6), 3, "done", "do", "proxy"))
                    \(historyRow(ID.saga(6), 4, "compensation-requested"))
                    \(historyRow(ID.saga(6), 5, "done", "undo", "ports"))
                    \(historyRow(ID.saga(6), 6, "done", "undo", "proxy"))
                    """,
                core: ["ports", "proxy"].map { step in
                    barrierRow(ID.saga(6), step) + barrierRow(ID.saga(6), step, "undo")
                }.joined()),
            Planting(
                allowed: "a step that only reads is settled by a late answer while others are undone",
                saga: """
                    UPDATE saga_history SET kind = 'working'
                        WHERE saga_id = '\(ID.saga(2))' AND step = 'validate-plan';
                    \(historyRow(ID.saga(2), 10, "done", "do", "validate-plan"))
                    UPDATE sagas SET revision = 10 WHERE id = '\(ID.saga(2))';
                    \(state(ID.saga(2), "[5,1,1,1,0,0,2]", "[5,1,1,1,0,0,10]"))
                    """),
            Planting(
                allowed: "an event is a refusal, and so the pivot is not passed",
                saga: undoneAfterEvent(phase: 6).saga + event("signal-refused"),
                core: undoneAfterEvent(phase: 6).barrier),
            Planting(
                allowed: "a step is found done by a probe, and the saga ends",
                saga: "UPDATE saga_history SET direction = 'probe' WHERE saga_id = '\(ID.saga(1))' AND step = 'charge';"
            ),
        ]
        + allowedLetters + refundsUnderWay + personsWords
        + waiting.map { what, saga in
            Planting(
                allowed: what, saga: saga,
                core: what.contains("passed") ? barrierRow(ID.saga(6), "act") : "")
        }
}

/// Ids of the rows of ``Past``.
enum ID {
    static func saga(_ n: Int) -> String { id("9000", n) }
    static func order(_ n: Int) -> String { id("9001", n) }
    static func payment(_ n: Int) -> String { id("9002", n) }
    static func notification(_ n: Int) -> String { id("9003", n) }
    static func plan(_ n: Int) -> String { id("8000", n) }
    static func user(_ n: Int) -> String { id("8001", n) }
    static func device(_ n: Int) -> String { id("8002", n) }
    /// Of nothing that is there.
    static let unknown = id("9999", 1)

    private static func id(_ kind: String, _ n: Int) -> String {
        let digits = String(n)
        return "00000000-0000-7000-\(kind)-" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}

/// A row of a barrier.
func barrierRow(
    _ saga: String, _ step: String, _ direction: String = "do", _ outcome: String = "done",
    action: String = "test.action", reply: String = "{}"
) -> String {
    """
    INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action, reply)
        VALUES ('\(saga)', '\(step)', 0, '\(direction)', '\(outcome)', 1, '\(action)', '\(reply)');
    """
}

/// A row of a history.
func historyRow(
    _ saga: String, _ revision: Int, _ kind: String, _ direction: String? = nil, _ step: String? = nil,
    data: String = ""
) -> String {
    func text(_ value: String?) -> String { value.map { "'\($0)'" } ?? "NULL" }
    return """
        INSERT INTO saga_history (saga_id, at, revision, kind, step, direction, data)
            VALUES ('\(saga)', now(), \(revision), '\(kind)', \(text(step)), \(text(direction)), '\(data)');
        """
}

/// Changes the stored state of a saga, by replacing a text in it.
func state(_ saga: String, _ old: String, _ new: String) -> String {
    "UPDATE sagas SET state = replace(state, '\(old)', '\(new)') WHERE id = '\(saga)';"
}
