internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// The participants: how they are, how much they get, and whether they get anything.
struct ParticipantRoutes {
    let engine: Engine

    func add(to group: Routes) {
        group.get("participants", .seeParticipants, .listParticipants) { _, _ in
            Answer(ParticipantList(participants: try await engine.participants().map { ParticipantView($0) }))
        }
        group.get("participants/:name", .seeParticipants, .getParticipant) { _, call in
            Answer(try await view(try call.parameter("name")))
        }
        group.post("participants/:name/limits", .governParticipants, .limitParticipant, use: limit)
        group.post("participants/:name/breaker", .governParticipants, .setBreaker, use: setBreaker)
    }

    private func limit(_ request: Request, _ call: Call) async throws -> Answer<ParticipantView> {
        let name = try call.parameter("name")
        let body = try await request.decode(LimitsBody.self, members: LimitsBody.members)
        try Problem.checkReason(body.reason)
        for limit in [body.inFlight, body.perSecond].compactMap(\.self)
        where !(1...ParticipantLimits.most).contains(limit) {
            throw Problem.badRequest(
                "inFlight and perSecond are whole numbers from 1 to \(ParticipantLimits.most), or left out; "
                    + "to send nothing at all, open the breaker")
        }
        try await engine.limit(
            participant: name, to: ParticipantLimits(inFlight: body.inFlight, perSecond: body.perSecond),
            reason: body.reason, by: call.requester)
        return Answer(try await view(name))
    }

    private func setBreaker(_ request: Request, _ call: Call) async throws -> Answer<ParticipantView> {
        let name = try call.parameter("name")
        let body = try await request.decode(BreakerBody.self, members: BreakerBody.members)
        try Problem.checkReason(body.reason)
        guard let mode = BreakerState.Mode(rawValue: body.mode) else {
            let modes = BreakerState.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("mode must be one of \(modes)")
        }
        try await engine.setBreaker(of: name, to: mode, reason: body.reason, by: call.requester)
        return Answer(try await view(name))
    }

    private func view(_ name: String) async throws -> ParticipantView {
        guard let found = try await engine.participants().first(where: { $0.record.name.hasSameBytes(as: name) })
        else { throw EngineError.unknownParticipant(name) }
        return ParticipantView(found)
    }
}

extension ParticipantView {
    init(_ status: ParticipantStatus) {
        let record = status.record
        let recent = record.recent
        self.init(
            name: record.name, health: status.health.rawValue, why: status.why, isNamed: status.isNamed,
            breaker: BreakerView(
                state: status.breaker.phase.rawValue, mode: status.breaker.mode.rawValue,
                since: record.breaker?.since, reason: record.breaker?.reason,
                nextProbeAt: record.breaker?.nextProbe),
            limits: LimitsView(inFlight: record.limits.inFlight, perSecond: record.limits.perSecond),
            lastReplyAt: record.lastReplyAt, lastFailureAt: record.lastFailureAt, lastFailure: record.lastFailure,
            queue: record.queue.map {
                QueueView(consumers: $0.consumers, ready: $0.ready, seenAt: record.queueSeenAt)
            }, inFlight: status.inFlight, heldBack: status.heldBack, isPartial: status.isPartial,
            outcomes: OutcomesView(
                done: recent.done, refused: recent.refused, transient: recent.transient, timedOut: recent.timedOut,
                unroutable: recent.unroutable))
    }
}
