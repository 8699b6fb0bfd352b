import LocalPlatform
import LocalServers
import Testing

extension Course {
    /// A provider that pays when nobody waits for its word any more: the refund is never called undone with the money
    /// gone, and a person is called. Once the provider has taken the money back, nothing is left of it.
    func lateWord() async throws {
        var subjects = try await town.subjects(1, for: { _ in "payment-refund" })
        subjects[0].makeInput(variant: true)
        let payment = "\(subjects[0].payment ?? subjects[0].user)"
        let before = try await town.footprints(of: subjects)
        // It never calls back, and nobody reaches it to call the refund off.
        try await town.set([
            Town.Fault(
                service: "payment-provider", action: "refund", kind: "drop-reply", marks: ["\(subjects[0].user)"]),
            Town.Fault(
                service: "billing", action: "cancel-refund", kind: "fail", marks: [payment], direction: "undo"),
        ])
        let ids = try await town.start([Town.Start("payment-refund", subjects[0].input, .rude)])
        let held = Town.Standing(status: "compensating", incidents: 1)
        #expect(try await town.settle(ids)[ids[0]] == held)

        try await provider("refunded", payment)
        try await town.liftFaults()
        try await town.retry(ids)
        #expect(try await town.settle(ids)[ids[0]] == held)
        let asked = try await town.answers(
            [
                """
                SELECT count(*) > 0 FROM saga_history
                WHERE saga_id = '\(ids[0])' AND direction = 'undo' AND kind = 'retry' AND data LIKE '%refund-already-paid%'
                """
            ], in: LocalPlatform.Database.saga)
        let story = try await town.story(of: ids[0])
        #expect(asked == ["true"], "\(story)")
        let status = try await town.answers(
            ["SELECT status FROM payments WHERE id = '\(payment)'"], in: LocalPlatform.Database.billing)
        #expect(status == ["refunding"])
        try await town.check("with a refund that was paid too late")

        try await provider("withdrawn", payment)
        try await town.retry(ids)
        let end = try await town.settle(ids)
        try await expect(end[ids[0]], "compensated", ids[0], "the late refund, retried")
        let after = try await town.footprints(of: subjects)
        try await expectSame(before[0], after[0], ids[0], "the late refund")
    }

    /// What the provider does with a refund in its own books.
    private func provider(_ status: String, _ payment: String) async throws {
        try await town.platform.postgres.psql(
            "UPDATE provider_refunds SET status = '\(status)', settled_at = now() WHERE payment_id = '\(payment)'",
            database: LocalPlatform.Database.billing)
    }
}
