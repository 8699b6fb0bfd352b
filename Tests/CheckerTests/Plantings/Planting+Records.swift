extension Planting {
    static let records: [Planting] = [
        Planting(
            "a row of the history is lost", "5a", says: "\(ID.saga(3)) has revision 5 and 4 rows",
            saga: "UPDATE sagas SET revision = 5 WHERE id = '\(ID.saga(3))';"),
        Planting(
            "a history has lost its saga", "5a", says: "\(ID.unknown) has a history, but is not there",
            saga: historyRow(ID.unknown, 1, "started")),
        Planting(
            "a history begins in the middle", "5a", says: "\(ID.saga(5)) begins with locks-granted",
            saga: "UPDATE saga_history SET kind = 'locks-granted' WHERE saga_id = '\(ID.saga(5))';"),
        Planting(
            "the stored state takes another row for the output", "5b",
            says: "\(ID.saga(1)) says that create-order was done in row 4, the history says 3",
            saga: state(ID.saga(1), "[5,1,1,1,0,0,3]", "[5,1,1,1,0,0,4]")),
        Planting(
            "the stored state knows nothing of an output", "5b",
            says: "\(ID.saga(3)) says that create-order was done in row 0, the history says 3",
            saga: state(ID.saga(3), "[5,1,1,1,0,0,3]", "[5,1,1,1]")),
        Planting(
            "one start key made two sagas", "7a", says: "key-1 made 2 sagas",
            saga: """
                ALTER TABLE saga_origins DROP CONSTRAINT saga_origins_start_key;
                UPDATE saga_origins SET idempotency_key = 'key-1' WHERE idempotency_key = 'key-2';
                """),
        Planting(
            "a saga has no origin", "7b", says: "\(ID.saga(1)) has no origin",
            saga: "DELETE FROM saga_origins WHERE id = '\(ID.saga(1))';"),
        Planting(
            "a start was answered, but its saga is gone", "7b", says: "\(ID.unknown) was started, but is not there",
            saga: """
                INSERT INTO saga_origins (id, started_at, workflow_id, input_digest, workflow, tenant, idempotency_key)
                    VALUES ('\(ID.unknown)', now(), 1, '', 'plan-purchase', 'default', 'key-9');
                """),
    ]

    static let locks: [Planting] = [
        Planting(
            "two sagas hold one lock", "8a", says: "user:3 is held by 2",
            saga: """
                DROP INDEX saga_locks_holder;
                UPDATE saga_locks SET key = 'user:3' WHERE saga_id = '\(ID.saga(4))';
                """),
        Planting(
            "a saga that has ended keeps its lock", "8b", says: "user:1 is kept by \(ID.saga(1))",
            saga:
                "INSERT INTO saga_locks (saga_id, place, ordinal, held, key) VALUES ('\(ID.saga(1))', 9, 0, true, 'user:1');"
        ),
        Planting(
            "a lock is kept by nobody", "8b", says: "user:9 is kept by \(ID.unknown)",
            saga:
                "INSERT INTO saga_locks (saga_id, place, ordinal, held, key) VALUES ('\(ID.unknown)', 9, 0, true, 'user:9');"
        ),
        Planting(
            "a running saga has lost its lock", "8b", says: "\(ID.saga(4)) runs without its lock",
            saga: "DELETE FROM saga_locks WHERE saga_id = '\(ID.saga(4))';"),
        Planting(
            "a user has two open purchases", "8c", says: "\(ID.user(3)) has 2 open purchases",
            saga: """
                UPDATE saga_history SET data = '{"userId":"\(ID.user(3))"}'
                WHERE saga_id = '\(ID.saga(4))' AND revision = 1;
                """),
    ]
}
