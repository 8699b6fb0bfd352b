/// Stored states in which steps stand together, a letter each, as the engine writes them of many steps.
extension Planting {
    static let letters: [Planting] = [
        Planting(
            "letters of a stored state mean nothing", "1a",
            says:
                "\(ID.saga(5)) is of plan-purchase with 7 steps, but has 7 in its stored state, of which 7 mean nothing",
            saga: state(ID.saga(5), #"{"s":["a7"]}"#)),
        Planting(
            "a stored state cannot be read", "1a",
            says: "but has 1 in its stored state, of which 1 mean nothing",
            saga: state(ID.saga(5), #"{"k":[0],"s":["a7-"]}"#)),
        Planting(
            "a stored state has a step too few", "1a", says: "with 7 steps, but has 6 in its stored state",
            saga: state(ID.saga(5), #"{"k":[0],"s":["(a3)2"]}"#)),
        Planting(
            "a stored state has a step too many", "1a", says: "with 7 steps, but has 8 in its stored state",
            saga: state(ID.saga(5), #"{"k":[0],"s":["a7",0]}"#)),
        Planting(
            "a letter stands for a step that was given up", "1e",
            says: "\(ID.saga(1)) is completed, but raise-quota is in phase 7",
            saga: state(ID.saga(1), #"{"k":[[5,1,1,1,0,0,1],[7,1,1,1,0,0,1]],"s":["a5ba"],"d":300000000}"#)),
        Planting(
            "letters count to other rows than the history", "5b",
            says: "\(ID.saga(1)) says that create-order was done in row 4, the history says 3",
            saga: state(
                ID.saga(1),
                #"{"k":[[5,1,1,1,0,0,1],[5,1,1,1,0,0,2],[5,1,1,1,0,0,-1]],"s":["abcba3"],"d":300000000}"#)),
    ]

    static let allowedLetters: [Planting] = [
        Planting(
            allowed: "steps stand together in stored states, alone and beside others",
            saga: state(ID.saga(1), #"{"k":[[5,1,1,1,0,0,1]],"s":["a7"],"d":300000000}"#)
                + state(
                    ID.saga(2),
                    #"{"k":[[11,1,1,1,0,0,1],0],"s":[[5,1,1,1,0,0,2],"a3",[6,1,1,1,{"code":"order-expired","message":"late"}],"b2"],"#
                        + #""d":300000000,"f":{"kind":"rejected","step":4}}"#)
                + state(
                    ID.saga(4),
                    #"{"k":[[5,1,1,1,0,0,1]],"s":["a2",[5,1,1,1,0,0,4],"a2",[8,1,1,1,0,0,0,1,7],0],"d":300000000,"l":1}"#
                )
                + state(ID.saga(5), #"{"k":[0],"s":["(a2)3a"]}"#)),
        everySecond,
    ]

    /// Forty steps, each second of which was passed over.
    private static let everySecond: Planting = {
        let steps = (1...40).map { number in
            "  - s\(number): { do: test.action, undo: test.undo"
                + (number.isMultiple(of: 2) ? " }" : ", when: \"${input.all}\" }")
        }
        let history = (1...40).map { number in
            number.isMultiple(of: 2)
                ? historyRow(ID.saga(6), number + 1, "done", "do", "s\(number)")
                : historyRow(ID.saga(6), number + 1, "decided", nil, "s\(number)", data: #"{"skip":true}"#)
        }
        return Planting(
            allowed: "a group of letters comes again and again",
            saga: """
                INSERT INTO workflow_versions (workflow, version, digest, source)
                    VALUES ('long', 1, 'd', 'workflow: long\nsteps:\n\(steps.joined(separator: "\n"))\n');
                INSERT INTO sagas (id, started_at, node, workflow_id, revision, batch, updated_at, ended_at,
                        has_incident, status, state)
                    VALUES ('\(ID.saga(6))', now(), 1, 2, 41, 1, now(), now(), false, 'completed',
                        '{"k":[[16,1,0,1],[5,1,1,1,0,0,2]],"s":["(ab)20"]}');
                INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
                    VALUES ('\(ID.saga(6))', now(), 2, '', 'long', 'default', 'key-6');
                \(historyRow(ID.saga(6), 1, "started"))
                \(history.joined())
                """,
            core: (1...20).map { barrierRow(ID.saga(6), "s\(2 * $0)") }.joined())
    }()
}

/// Gives a saga another stored state.
private func state(_ saga: String, _ whole: String) -> String {
    "UPDATE sagas SET state = '\(whole)' WHERE id = '\(saga)';"
}
