extension Planting {
    static let things: [Planting] = [
        Planting(
            "a quota counts a device that was not reported", "9a", says: "\(ID.user(1)) uses 1, and reported are 0",
            core: #"UPDATE quotas SET usage = '{"currentDevices": 1}';"#),
        Planting(
            "somebody else's device counts", "9b", says: "\(ID.device(5)) counts against the quota of \(ID.user(1))",
            core: """
                INSERT INTO quota_uses (device_id, user_id, cpu_cores, memory_mb, storage_mb)
                    VALUES ('\(ID.device(5))', '\(ID.user(1))', 2, 4096, 8192);
                UPDATE quotas SET usage = '{"currentDevices": 1}';
                """),
        Planting(
            "a user's device counts against nothing", "9b", says: "\(ID.device(5)) counts against no quota",
            core: "UPDATE devices SET status = 'stopped', user_id = '\(ID.user(5))' WHERE id = '\(ID.device(5))';"),
        Planting(
            "a port is held for nobody", "9c", says: "port 2001 is held for \(ID.unknown)",
            core: "UPDATE device_ports SET device_id = '\(ID.unknown)', taken_at = now() WHERE port = 2001;"),
        Planting(
            "a proxy is held for nobody", "9c", says: "is held for \(ID.unknown), which does not carry it",
            core: """
                UPDATE proxies SET device_id = '\(ID.unknown)', taken_at = now() WHERE host = 'proxy-1.example.test';
                """),
        Planting(
            "a device carries a proxy that was given back", "9c",
            says: "\(ID.device(5)) carries a proxy that it does not hold",
            core: """
                UPDATE devices SET proxy_id = (SELECT id FROM proxies WHERE host = 'proxy-1.example.test')
                WHERE id = '\(ID.device(5))';
                """),
        Planting(
            "a machine is left at the provider", "9d", says: "machine device-x for \(ID.unknown) is paid for",
            core: providerObject("device", "device-x", of: ID.unknown)),
        Planting(
            "a device has lost its machine", "9d", says: "\(ID.device(5)) has no machine any more",
            core: providerObject("device", "redroid-5", of: ID.device(5), deletedAt: "now()")),
        Planting(
            "a snapshot is left at the provider", "9e", says: "picture snapshot-x of \(ID.device(5)) is paid for",
            core: providerObject("snapshot", "snapshot-x", of: ID.device(5))),
        Planting(
            "a snapshot is lost at the provider", "9e", says: "\(ID.unknown) is ready, and not at the provider",
            core: """
                INSERT INTO device_snapshots (id, device_id, name, external_id, status, size_bytes)
                VALUES ('\(ID.unknown)', '\(ID.device(5))', 'lost', 'snapshot-x', 'ready', 1);
                """),
        Planting(
            "an installation is left half done", "9f", says: "is pending on \(ID.device(5))",
            core: """
                INSERT INTO device_applications (device_id, application_id, status)
                VALUES ('\(ID.device(5))', (SELECT id FROM applications WHERE name = 'Notes'), 'pending');
                """),
        Planting(
            "an undone registration left a user", "10a", says: "\(ID.saga(6)) left the account of \(ID.user(5))",
            saga: registration.saga, core: registration.barrier),
        Planting(
            "who has left has money here", "10b",
            says: "\(ID.user(5)) has left, and the account is normal with 1000.00",
            core: "UPDATE users SET status = 'deleted' WHERE id = '\(ID.user(5))';"),
        Planting(
            "who has left has a device", "10b",
            says: "\(ID.user(1)) has left, and still has the device \(ID.device(1))",
            core: "UPDATE users SET status = 'deleted' WHERE id = '\(ID.user(1))';"),
        Planting(
            "who has left can sign in", "10b", says: "\(ID.user(5)) has left, and can still sign in",
            billing: closed,
            core: """
                UPDATE users SET status = 'deleted' WHERE id = '\(ID.user(5))';
                INSERT INTO user_credentials (user_id, password_hash) VALUES ('\(ID.user(5))', 'hash');
                """),
        Planting(
            "who has left was paid what was never frozen", "10b",
            says: "\(ID.user(5)) has left with 500.00, and frozen were 0",
            billing: closed
                + "INSERT INTO payouts (id, user_id, amount) VALUES ('\(ID.unknown)', '\(ID.user(5))', 500);",
            core: "UPDATE users SET status = 'deleted' WHERE id = '\(ID.user(5))';"),
    ]

    private static let registration = Other(
        workflow: "user-registration", end: .compensated, input: #"{"userId":"\#(ID.user(5))"}"#, action: "user.create")

    private static let closed = """
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after)
            VALUES ('\(ID.user(5))', 'adjustment', -1000, 1000, 0);
        UPDATE user_balances SET balance = 0, status = 'closed' WHERE user_id = '\(ID.user(5))';
        """

    private static func providerObject(
        _ kind: String, _ name: String, of device: String, deletedAt: String = "NULL"
    ) -> String {
        """
        INSERT INTO provider_objects (key, kind, device_id, external_id, size_bytes, ready_at, deleted_at)
        VALUES ('\(name)', '\(kind)', '\(device)', '\(name)', 0, now(), \(deletedAt));
        """
    }

    static let families: [Planting] = [
        Planting(
            "a child's parent is gone", "11a", says: "\(ID.saga(6)) is a child of \(ID.unknown), which is not there",
            saga: child(.completed, of: ID.unknown).saga, core: child(.completed, of: ID.unknown).barrier),
        Planting(
            "a child stands too deep", "11a", says: "stands at depth 3 below 0",
            saga: child(.completed, of: ID.saga(1), depth: 3).saga,
            core: child(.completed, of: ID.saga(1), depth: 3).barrier),
        Planting(
            "a child of what was undone is completed", "11b",
            says: "\(ID.saga(2)) is compensated, and its child \(ID.saga(6)) is completed",
            saga: child(.completed, of: ID.saga(2)).saga, core: child(.completed, of: ID.saga(2)).barrier),
        Planting(
            "a child goes on after its parent's end", "11b",
            says: "\(ID.saga(1)) is completed, and its child \(ID.saga(6)) is running",
            saga: child(.running, of: ID.saga(1)).saga),
        Planting(
            "a child saga that is called done never was", "11c",
            says: "\(ID.saga(6)) calls 1 of act done, and 0 children have completed",
            saga: Other(workflow: "other", end: .completed, step: "act: { run: child }").saga),
        Planting(
            "two items of a list that are called done never were", "11c",
            says: "\(ID.saga(6)) calls 2 of act done, and 0 children have completed",
            saga: Other(
                workflow: "other", end: .completed,
                step: #"act:\n      each: items\n      steps:\n        - inner: { do: test.action }"#,
                slot: #"[5,1,1,1,"d2f1"]"#
            ).saga),
        Planting(
            "what is completed waits for an event", "11d",
            says: "\(ID.saga(1)) waits at answered for payment.refunded, and is completed",
            saga: wait(ID.saga(1))),
    ]

    private static func child(_ end: Other.End, of parent: String, depth: Int = 1) -> Other {
        Other(workflow: "other", end: end, parent: (parent, depth))
    }

    private static func wait(_ saga: String) -> String {
        """
        INSERT INTO saga_waits (saga_id, digest, since, ordinal, step, key)
        VALUES ('\(saga)', '\(ID.unknown)', now(), 0, 'answered', 'payment.refunded');
        """
    }

    /// Sagas that nothing wakes up, and that are none the less not lost.
    static let waiting: [(what: String, saga: String)] = [
        (
            "a saga waits for an event",
            Other(workflow: "other", end: .running, step: "act: { listen: [] }", slot: "[15,1,1,1]", hasTimer: false)
                .saga
                + wait(ID.saga(6))
        ),
        (
            "a saga waits for consent",
            Other(
                workflow: "other", end: .running, step: "act: { approval: { role: support } }", slot: "[15,1,1,1]",
                hasTimer: false
            ).saga
        ),
        (
            "a step was passed over",
            Other(
                workflow: "other", end: .completed,
                step: #"first: { when: no, do: test.action }\n  - act: { do: test.action }"#,
                slot: "[16,1,1,1],[5,1,1,1,0,0,2]"
            ).saga
        ),
    ]
}
