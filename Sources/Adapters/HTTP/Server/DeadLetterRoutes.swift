internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Messages that nobody could take: list, one by itself, put back, discard.
struct DeadLetterRoutes {
    let engine: Engine
    let store: any SagaStore

    func add(to group: Routes) {
        group.get("dead-letters", .seeDeadLetters, .listDeadLetters, use: list)
        group.get("dead-letters/:id", .seeDeadLetters, .getDeadLetter, use: get)
        group.post("dead-letters/:id/put-back", .settleDeadLetters, .putDeadLetterBack) {
            try await settle(.putBack, $0, $1)
        }
        group.post("dead-letters/:id/discard", .settleDeadLetters, .discardDeadLetter) {
            try await settle(.discarded, $0, $1)
        }
    }

    private func list(_ request: Request, _ call: Call) async throws -> Answer<DeadLetterPage> {
        var filter = DeadLetterFilter()
        let state = try request.query("state", "open, put-back, discarded or all") { DeadLetterFilter.State($0) }
        if let state { filter.state = state }
        filter.reason = try request.query("reason")
        filter.queue = try request.query("queue")
        filter.routingKey = try request.query("key")
        (filter.receivedAfter, filter.receivedBefore) = (try request.time("after"), try request.time("before"))
        let limit = try request.limit()
        let cursor = try request.query("cursor", "what \"next\" of the page before says") { UUID($0) }
        let found = try await store.deadLetters(filter, after: cursor, limit: limit)
        return Answer(
            DeadLetterPage(
                deadLetters: found.map { DeadLetterView($0) }, next: found.count == limit ? found.last?.id : nil))
    }

    private func get(_ request: Request, _ call: Call) async throws -> Answer<DeadLetterView> {
        let isBodyWanted = try request.query("body", "true or false") { Bool($0) } ?? false
        let id = try call.deadLetterID()
        guard let (letter, content) = try await store.deadLetter(id) else { throw Problem(DeadLetterError.unknown(id)) }
        var view = DeadLetterView(letter)
        view.properties = try? JSON(parsing: content.properties)
        if isBodyWanted {
            view.body = content.text
            view.bodyIsText = view.body != nil
        }
        return Answer(view)
    }

    private func settle(
        _ kind: DeadLetter.End.Kind, _ request: Request, _ call: Call
    ) async throws -> Answer<DeadLetterAnswer> {
        let id = try call.deadLetterID()
        let body = try await request.decode(DeadLetterBody.self, members: DeadLetterBody.members)
        let reason = body.reason ?? ""
        if kind == .discarded || !reason.isEmpty { try Problem.checkReason(reason) }
        let isRehearsal = body.dryRun ?? false
        do throws(DeadLetterError) {
            let result =
                switch kind {
                case .putBack:
                    try await engine.putBack(
                        deadLetter: id, reason: reason, by: call.requester, isRehearsal: isRehearsal)
                case .discarded:
                    try await engine.discard(
                        deadLetter: id, reason: reason, by: call.requester, isRehearsal: isRehearsal)
                }
            return Answer(
                DeadLetterAnswer(
                    id: id, status: result.letter.status, changes: result.changes, dryRun: isRehearsal))
        } catch {
            let problem = Problem(error)
            if !isRehearsal, problem.status < 500 {
                let verb = kind == .putBack ? "dead-letter-put-back" : "dead-letter-discard"
                await engine.recordRefusal(
                    ofDeadLetter: id, verb, problem.detail, reason: reason, by: call.requester)
            }
            throw problem
        }
    }
}

extension Call {
    fileprivate func deadLetterID() throws -> UUID {
        let text = try parameter("id")
        guard let id = UUID(text) else { throw Problem.badRequest("\(text.prefix(80)) is no dead letter's id") }
        return id
    }
}

extension DeadLetterFilter.State {
    fileprivate init?(_ text: String) {
        switch text {
        case "open": self = .open
        case "all": self = .any
        default:
            guard let kind = DeadLetter.End.Kind(rawValue: text) else { return nil }
            self = .ended(kind)
        }
    }
}

extension DeadLetter {
    fileprivate var status: String { end?.kind.rawValue ?? "open" }

    /// Of a command it is the saga's id, of a reply the command's.
    fileprivate var saga: UUID? {
        guard let id = traits.correlationID else { return nil }
        return UUID(id) ?? CommandID(id)?.saga
    }
}

extension DeadLetterContent {
    /// The body, unless there are bytes in it that are no text.
    fileprivate var text: String? {
        // Where a large body is cut, half a character may be left.
        let ends = isWhole ? 0...0 : 0...3
        for end in ends {
            if let text = String(validating: body.dropLast(end), as: UTF8.self) { return text }
        }
        return nil
    }
}

extension DeadLetterView {
    fileprivate init(_ letter: DeadLetter) {
        let traits = letter.traits
        self.init(
            id: letter.id, status: letter.status, receivedAt: letter.receivedAt, lastSeenAt: letter.lastSeenAt,
            seen: letter.seen, reason: traits.reason, detail: traits.detail, exchange: traits.exchange,
            routingKey: traits.routingKey, queue: traits.queue, messageId: traits.messageID,
            correlationId: traits.correlationID, type: traits.type, appId: traits.appID, saga: letter.saga,
            bodyBytes: letter.bodyBytes, isWhole: letter.isWhole, endedAt: letter.end?.at, endedBy: letter.end?.by,
            endReason: letter.end?.reason)
    }
}

extension Problem {
    fileprivate init(_ error: DeadLetterError) {
        switch error {
        case .unknown(let id): self = .notFound("there is no dead letter \(id)")
        case .ended(let end):
            self.init(
                code: "SAGA-0260", title: "The dead letter is no longer open", status: 409,
                detail: "it was \(end.kind == .putBack ? "put back" : "discarded") at \(end.at) by \(end.by)")
        case .impossible(let why), .unroutable(let why):
            self.init(
                code: "SAGA-0261", title: "The dead letter stays where it is", status: 409,
                detail: "\(why); it stays open")
        case .unconfirmed:
            self.init(
                code: "SAGA-0211", title: "Not available", status: 503,
                detail:
                    "the broker has not confirmed it, so whether it was put back is not known; it stays open, and may "
                    + "be put back again")
        case .unavailable(let why):
            self.init(
                code: "SAGA-0211", title: "Not available", status: 503,
                detail: "the store: \(why); look at the dead letter before you ask again")
        }
    }
}
