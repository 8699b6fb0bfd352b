internal import SagaEngine
internal import SagaValues

extension Operation {
    static let listAudit = Operation(
        "listAudit", .audit, "List who asked for what",
        "The last first. All filters that are given must hold. Who is bound to a tenant sees what is of that tenant.",
        parameters: [
            .query("saga", .id("Only about this saga.")),
            .query("subject", .sought("Only what they asked for.")),
            .query("verb", .sought("Only this verb.")),
            .query("outcome", .one(of: AuditRecord.Outcome.self, "Only with this outcome.")),
            .query("workflow", .sought("Only about this workflow.")),
            .tenant,
            .query("after", .time("Only after this.")), .query("before", .time("Only before this.")),
            .query("text", .sought("Only with this in the reason.", atMost: Limits.text)),
            .limit,
            .query("cursor", .whole("What `next` of the page before says.", 1...Int.max)),
        ],
        refusals: [.tooMuch])
}
