internal import Logging
internal import SagaCore
public import SagaValues
internal import ServiceLifecycle

/// Why a dead letter stays as it is.
public enum DeadLetterError: Error, Sendable {
    case unknown(UUID)
    /// It is no longer open.
    case ended(DeadLetter.End)
    /// It cannot be put back, and trying again will not help.
    case impossible(String)
    /// No queue takes it there.
    case unroutable(String)
    /// Whether the broker has it is not known.
    case unconfirmed
    case unavailable(String)
}

/// What became of a dead letter, or would.
public struct DeadLetterResult: Sendable {
    public let letter: DeadLetter
    /// In sentences.
    public let changes: [String]
}

extension Engine {
    /// Takes in dead letters, and says of each whether it is kept: then the broker may forget it.
    ///
    /// Returns once they are, however long the store is away or full; without, if the node is stopping.
    public func receive(_ letters: [NewDeadLetter]) async -> [Bool] {
        var isTold = false
        let pause = parts.configuration.deadLetterPause
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let trouble: String
            do {
                if try await parts.deadLetterRoom.take(letters, parts.store, parts.configuration) {
                    try await parts.store.keep(deadLetters: letters)
                    return letters.map { _ in true }
                }
                trouble =
                    "as many are kept as may be: discard some, or raise dead-letters.limit or dead-letters.megabytes"
            } catch  where error.code == .broken && letters.count > 1 {
                // One that the store cannot hold, which should not be, must not hold up the others.
                var kept: [Bool] = []
                for letter in letters { kept += await keepAlone(letter) }
                return kept
            } catch {
                trouble = error.message
            }
            if !isTold {
                parts.log.warning(
                    "dead letters cannot be kept now and wait at the broker", metadata: ["reason": "\(trouble)"])
            }
            isTold = true
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        return letters.map { _ in false }
    }

    private func keepAlone(_ letter: NewDeadLetter) async -> [Bool] {
        do {
            try await parts.store.keep(deadLetters: [letter])
            return [true]
        } catch {
            parts.log.error(
                "a dead letter cannot be kept and stays at the broker",
                metadata: ["message": "\(letter.traits.messageID ?? "")", "error": "\(error.message)"])
            return [false]
        }
    }

    /// Publishes a dead letter to where it was meant, and marks it once the broker has confirmed that.
    ///
    /// Between the two the process may die: then it is open still, and is published once more when somebody asks again.
    /// Receivers know a message that they have seen.
    public func putBack(
        deadLetter id: UUID, reason: String, by requester: Requester, isRehearsal: Bool
    ) async throws(DeadLetterError) -> DeadLetterResult {
        let (letter, content) = try await open(id)
        let place = "\(letter.traits.exchange ?? ""), key \(letter.traits.routingKey ?? "")"
        let outcome = await parts.bus.putBack(content, isRehearsal: isRehearsal)
        switch outcome {
        case .confirmed: break
        case .unroutable: throw .unroutable("no queue takes it at \(place)")
        case .unconfirmed: throw .unconfirmed
        case .tooLarge(let bytes, let limit): throw .impossible("it has \(bytes) bytes, and \(limit) are the most")
        case .invalid(let why): throw .impossible(why)
        }
        guard !isRehearsal else { return DeadLetterResult(letter: letter, changes: ["it would go to \(place)"]) }
        parts.log.notice("a dead letter is put back", metadata: ["letter": "\(id)", "by": "\(requester.subject)"])
        if try await end(letter, as: .putBack, reason, requester, "dead-letter-put-back") {
            return DeadLetterResult(letter: try await find(id).letter, changes: ["it went to \(place)"])
        }
        // It was published all the same.
        let now = try await find(id).letter
        await audit(letter, "dead-letter-put-back", .done, reason, requester, ["stays": "open"])
        let why = now.end == nil ? "has come again meanwhile, and stays open" : "was ended by somebody else meanwhile"
        return DeadLetterResult(letter: now, changes: ["it went to \(place)", "it \(why)"])
    }

    /// Closes a dead letter without anything being done for it.
    public func discard(
        deadLetter id: UUID, reason: String, by requester: Requester, isRehearsal: Bool
    ) async throws(DeadLetterError) -> DeadLetterResult {
        let (letter, _) = try await open(id)
        guard !isRehearsal else { return DeadLetterResult(letter: letter, changes: ["it would be discarded"]) }
        guard try await end(letter, as: .discarded, reason, requester, "dead-letter-discard") else {
            if let end = try await find(id).letter.end { throw .ended(end) }
            throw .impossible("it has come again meanwhile: look at it before you discard it")
        }
        return DeadLetterResult(letter: try await find(id).letter, changes: ["it is discarded"])
    }

    /// Adds a line to the audit about what was refused.
    public func recordRefusal(
        ofDeadLetter id: UUID, _ verb: String, _ why: String, reason: String, by requester: Requester
    ) async {
        guard let letter = try? await find(id).letter else { return }
        await audit(letter, verb, .refused, reason, requester, ["refusal": .string(why)])
    }

    /// Drops those that ended long ago, a few at a time; one node does so for all.
    func watchDeadLetters() async {
        while !Task.isCancelled {
            if parts.isLeader {
                let before = parts.clock.now - parts.configuration.deadLetterRetention
                do {
                    while !Task.isCancelled,
                        try await parts.store.dropDeadLetters(endedBefore: before, limit: 1_000) > 0
                    {}
                } catch {
                    guard !Task.isCancelled else { return }
                    parts.log.warning("old dead letters cannot be dropped", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: parts.configuration.deadLetterUpkeep)
        }
    }

    // MARK: Pieces

    private func find(_ id: UUID) async throws(DeadLetterError) -> (letter: DeadLetter, content: DeadLetterContent) {
        do throws(StoreError) {
            if let found = try await parts.store.deadLetter(id) { return found }
        } catch {
            throw .unavailable(error.message)
        }
        throw .unknown(id)
    }

    private func open(_ id: UUID) async throws(DeadLetterError) -> (DeadLetter, DeadLetterContent) {
        let (letter, content) = try await find(id)
        if let end = letter.end { throw .ended(end) }
        return (letter, content)
    }

    /// False if it is another one than was decided upon.
    private func end(
        _ letter: DeadLetter, as kind: DeadLetter.End.Kind, _ reason: String, _ requester: Requester, _ verb: String
    ) async throws(DeadLetterError) -> Bool {
        do throws(StoreError) {
            return try await parts.store.end(
                deadLetter: letter.id, seen: letter.seen, as: kind, by: requester.subject, reason: reason,
                audit: record(letter, verb, .done, reason, requester))
        } catch {
            throw .unavailable(error.message)
        }
    }

    private func audit(
        _ letter: DeadLetter, _ verb: String, _ outcome: AuditRecord.Outcome, _ reason: String,
        _ requester: Requester, _ more: JSON.Object
    ) async {
        do {
            try await parts.store.audit([record(letter, verb, outcome, reason, requester, more)])
        } catch {
            parts.log.warning(
                "a line is missing in the audit",
                metadata: ["letter": "\(letter.id)", "verb": "\(verb)", "error": "\(error)"])
        }
    }

    /// What the audit has of it: never what is in it.
    private func record(
        _ letter: DeadLetter, _ verb: String, _ outcome: AuditRecord.Outcome, _ reason: String,
        _ requester: Requester, _ more: JSON.Object = [:]
    ) -> AuditRecord {
        var detail: JSON.Object = [
            "letter": .string(letter.id.description), "died": .string(letter.traits.reason),
            "exchange": letter.traits.exchange.map { .string($0) } ?? .null,
            "routingKey": letter.traits.routingKey.map { .string($0) } ?? .null,
        ]
        for member in more { detail[member.name] = member.value }
        return AuditRecord(
            at: parts.clock.now, author: .init(requester), verb: verb, outcome: outcome, tenant: nil, reason: reason,
            detail: .object(detail))
    }
}
