internal import CloudPhone
internal import LocalPlatform
internal import LocalServers
internal import SagaAPI
internal import SagaCLI

extension Scene {
    static let billingKilled = Scene(
        number: 5, title: "Billing is killed in the middle of a charge",
        explanation: "kill -9 after the money was taken and before anybody was told; then it is started again."
    ) { stage in
        try await stage.fault("delay-after-commit", .billing, "charge", user: 5, delay: 60_000)
        let id = try await stage.start(stage.purchase(user: 5), key: "demo-5")
        try await stage.wait(for: "the charge") { try await stage.charges(user: 5) == 1 }
        let billing = stage.platform.services[.billing]!
        await billing.kill()
        Terminal.print("   billing is killed; the charge is committed, its reply was never sent")
        try billing.start()
        let end = try await stage.follow(id)
        stage.expect("completed", end.saga.status == "completed")
        stage.expect("one charge", try await stage.charges(user: 5) == 1)
    }

    static let lostReply = Scene(
        number: 6, title: "The reply to the charge is lost, again and again",
        explanation: "After the last attempt billing is asked whether it happened: it did. Then activate-order refuses."
    ) { stage in
        try await stage.fault("drop-reply", .billing, "charge", user: 6, times: 3, direction: "do")
        try await stage.fault("reject", .billing, "activate-order", user: 6, code: "order-expired")
        let id = try await stage.start(stage.purchase(user: 6), key: "demo-6")
        let end = try await stage.follow(id)
        stage.expect(
            "compensated, because of order-expired",
            end.saga.status == "compensated" && end.failure?.code == "order-expired")
        stage.expect("the charge was probed, found done and refunded", end.step("charge")?.phase == "undone")
        let net = try await stage.count(
            "SELECT coalesce(sum(amount), 0)::int FROM balance_transactions WHERE type <> 'recharge' AND user_id = '\(Seed.userID(6))'",
            in: LocalPlatform.Database.billing)
        let refunded = try await stage.charges(user: 6, status: "refunded")
        stage.expect("its ledger: one charge, one refund, net \(net)", refunded == 1 && net == 0)
    }

    static let notificationFails = Scene(
        number: 7, title: "The notification fails three times",
        explanation: "After the point of no return a step is retried; nobody undoes a purchase over a message."
    ) { stage in
        try await stage.fault("fail", .notification, "send", user: 7, times: 3, code: "mail-server-down")
        let id = try await stage.start(stage.purchase(user: 7), key: "demo-7")
        let end = try await stage.follow(id)
        stage.expect("completed", end.saga.status == "completed")
        stage.expect("notify took 4 attempts", end.step("notify")?.attempts == 4)
    }

    static let undoFails = Scene(
        number: 8, title: "An undo keeps failing",
        explanation:
            "The device cannot be given back. The saga is not called compensated: an incident waits for a person."
    ) { stage in
        try await stage.fault(
            "fail", .device, "release", user: 8, times: 1_000, code: "provider-down", direction: "undo")
        let id = try await stage.start(stage.purchase(user: 8, plan: .enterprise), key: "demo-8")
        let stuck = try await stage.follow(id) { $0.saga.hasOpenIncident }
        let incidents = try await stage.client.incidents(of: id).incidents
        stage.expect(
            "an incident is open: \(incidents.first.map { "\($0.step), \($0.cause), \($0.errorCode ?? "")" } ?? "none")",
            incidents.count == 1 && incidents[0].cause == "undo-failed")
        stage.expect(
            "the saga is \(stuck.saga.status), the order waits",
            stuck.saga.status == "compensating" && stuck.step("create-order")?.phase == "done")
        try await stage.platform.postgres.psql("DELETE FROM fault_switches", database: LocalPlatform.Database.core)
        _ = try await stage.client.retry(id, reason: "the provider is back")
        Terminal.print("   the cause is mended, and an operator retries")
        let end = try await stage.follow(id, from: stuck.saga.revision)
        stage.expect("compensated, no incident open", end.saga.status == "compensated" && !end.saga.hasOpenIncident)
        stage.expect("no device is held", try await stage.devices(user: 8) == 0)
    }

    static let orchestratorKilled = Scene(
        number: 9, title: "The orchestrator is killed while 200 purchases run",
        explanation: "kill -9, then started again: it goes on where the database says each saga was."
    ) { stage in
        let users = 101...300
        let orchestrator = stage.platform.orchestrators[0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for user in users {
                group.addTask { _ = try await stage.start(stage.purchase(user: user), key: "demo-9-\(user)") }
            }
            try await stage.wait(for: "60 purchases on their way") { try await stage.started(in: users) >= 60 }
            await orchestrator.kill()
            Terminal.print(
                "   the orchestrator is killed; \(try await stage.open(in: users)) purchases are on their way")
            try orchestrator.start()
            try await orchestrator.waitUntilReady()
            try await group.waitForAll()
        }
        var progress = Progress(total: users.count)
        try await stage.wait(for: "the end of all purchases", limit: .seconds(180)) {
            let ended = try await stage.ended(in: users)
            progress.show(ended)
            return ended == users.count
        }
        progress.end()
        let completed = try await stage.ended(in: users, status: "completed")
        stage.expect("all \(users.count) have ended, \(completed) of them completed", completed == users.count)
    }
}

extension Stage {
    private func sagas(_ users: ClosedRange<Int>, _ condition: String) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM sagas JOIN saga_origins USING (id)
            WHERE substr(business_key, 6)::int BETWEEN \(users.lowerBound) AND \(users.upperBound) AND \(condition)
            """, in: LocalPlatform.Database.saga)
    }

    fileprivate func started(in users: ClosedRange<Int>) async throws -> Int { try await sagas(users, "true") }

    fileprivate func open(in users: ClosedRange<Int>) async throws -> Int {
        try await sagas(users, "ended_at IS NULL")
    }

    fileprivate func ended(in users: ClosedRange<Int>, status: String? = nil) async throws -> Int {
        try await sagas(users, status.map { "status = '\($0)'" } ?? "ended_at IS NOT NULL")
    }
}
