internal import ArgumentParser
internal import SagaAPI
internal import SagaValues

/// Which sagas a verb is for, by the names that `saga list` has for them, and how it is carried out.
struct ManyArguments: ParsableArguments {
    @Option(help: "Only sagas of this workflow.")
    var workflow: String?
    @Option(name: .customLong("workflow-version"), help: "Only sagas of this version.")
    var version: Int?
    @Option(help: "Only these statuses, with commas between them; those that have not ended if it is missing.")
    var status: String?
    @Option(help: "Only with an open incident at this participant.")
    var participant: String?
    @Option(
        help:
            "Only with an open incident of this cause (rejected, exhausted, unknown, undo-failed, unroutable), or whose error has this code."
    )
    var incident: String?
    @Option(help: "Only with this text in the incident's error; capitals do not count.")
    var error: String?
    @Option(help: "Only sagas of this tenant.")
    var tenant: String?
    @Option(help: "Only the saga with this idempotency key.")
    var key: String?
    @Option(help: "Only sagas with this business key.")
    var businessKey: String?
    @Option(
        name: [.customLong("started-after"), .customLong("since")],
        help: "Only sagas that started after this time: 2026-11-21T10:00:00Z, or 2h ago as 2h.", transform: Moment.read)
    var startedAfter: Timestamp?
    @Option(
        name: [.customLong("started-before"), .customLong("until")],
        help: "Only sagas that started before this time.", transform: Moment.read)
    var startedBefore: Timestamp?
    @Option(help: "Only the children of this saga.", transform: SagaID.read)
    var parent: UUID?
    @Flag(help: "Children of other sagas too.")
    var children = false
    @Option(help: "How many a second: 20/s.", transform: ManyArguments.readRate)
    var rate: Int?
    @Flag(help: "Do not wait until it is done.")
    var detach = false
    @Option(help: "What names this job, so that it is made once. Made up if not given.")
    var requestKey: String?

    /// Those of the causes that are no error's code.
    private static let causes: Set<String> = ["rejected", "exhausted", "unknown", "undo-failed", "unroutable"]

    @Sendable
    static func readRate(_ text: String) throws -> Int {
        let digits = text.hasSuffix("/s") ? text.dropLast(2) : text[...]
        guard let rate = Int(digits), rate > 0 else {
            throw ValidationError("it is no rate: 20/s is one, twenty a second")
        }
        return rate
    }

    /// Whether it says which sagas. A tenant alone does not, nor that children count.
    var isFilter: Bool { !members(nil).isEmpty }

    /// - Parameter step: at which a saga must have an open incident.
    func filter(_ step: String?) -> JSON {
        var members = members(step)
        if children { members["children"] = true }
        return .object(members)
    }

    static func filter(of ids: [UUID]) -> JSON { ["sagas": .array(ids.map { .string($0.description) })] }

    private func members(_ step: String?) -> JSON.Object {
        var members = JSON.Object()
        func add(_ name: String, _ value: String?) { members[name] = value.map { .string($0) } }
        add("workflow", workflow)
        members["version"] = version.map { .number(String($0)) }
        add("status", status)
        add("step", step)
        add("participant", participant)
        if let incident { add(Self.causes.contains(incident) ? "cause" : "code", incident) }
        add("error", error)
        add("key", key)
        add("businessKey", businessKey)
        add("startedAfter", startedAfter?.description)
        add("startedBefore", startedBefore?.description)
        add("parent", parent?.description)
        return members
    }
}
