public import SagaEngine
public import SagaValues
internal import Synchronization

extension MemoryStore {
    public func keep(deadLetters letters: [NewDeadLetter]) async throws(StoreError) {
        try checkConnection()
        if let code = faults.withLock({ $0.whenKeepingDeadLetters })?(letters) { throw CommitFault.fails(code).error }
        try database.access { (state, now) throws(StoreError) in
            for new in letters {
                let known = state.deadLetters.values.first { $0.digest == new.digest }
                let traits = known.map { new.traits.from($0.letter.traits) } ?? new.traits
                let letter = DeadLetter(
                    id: known?.letter.id ?? new.id, traits: traits, bodyBytes: new.content.bodyBytes,
                    isWhole: new.content.isWhole, receivedAt: known?.letter.receivedAt ?? now, lastSeenAt: now,
                    seen: (known?.letter.seen ?? 0) + 1, end: nil)
                state.deadLetters[letter.id] = (letter, known?.content ?? new.content, new.digest)
            }
        }
    }

    /// Asks for each call that keeps dead letters whether it fails, and how; nil for not.
    public func whenKeepingDeadLetters(_ choose: (@Sendable ([NewDeadLetter]) -> StoreError.Code?)?) {
        faults.withLock { $0.whenKeepingDeadLetters = choose }
    }

    public func deadLetters(
        _ filter: DeadLetterFilter, after cursor: UUID?, limit: Int
    ) async throws(StoreError) -> [DeadLetter] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let found = state.deadLetters.values.map(\.letter).filter { letter in
                filter.admits(letter) && cursor.map { letter.id < $0 } ?? true
            }
            return Array(found.sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    public func deadLetter(
        _ id: UUID
    ) async throws(StoreError) -> (letter: DeadLetter, content: DeadLetterContent)? {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            state.deadLetters[id].map { (letter: $0.letter, content: $0.content) }
        }
    }

    public func end(
        deadLetter id: UUID, seen: Int, as kind: DeadLetter.End.Kind, by subject: String, reason: String,
        audit record: AuditRecord
    ) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            guard let known = state.deadLetters[id], known.letter.end == nil, known.letter.seen == seen else {
                return false
            }
            let letter = known.letter
            state.deadLetters[id]?.letter = DeadLetter(
                id: id, traits: letter.traits, bodyBytes: letter.bodyBytes, isWhole: letter.isWhole,
                receivedAt: letter.receivedAt, lastSeenAt: letter.lastSeenAt, seen: seen,
                end: .init(kind, at: now, by: subject, reason: reason))
            state.audit.append(record)
            return true
        }
    }

    public func deadLetterStock() async throws(StoreError) -> DeadLetterStock {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            state.deadLetterStockReads += 1
            return DeadLetterStock(
                letters: state.deadLetters.count,
                bytes: state.deadLetters.values.reduce(0) { $0 + $1.content.body.count + $1.content.properties.count })
        }
    }

    /// How often it was asked how much is kept.
    public var stockReads: Int {
        (try? database.access { (state, _) throws(StoreError) in state.deadLetterStockReads }) ?? 0
    }

    public func dropDeadLetters(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let old = state.deadLetters.values.map(\.letter).filter { $0.end.map { $0.at < time } ?? false }
            let dropped = old.sorted { ($0.end?.at ?? time) < ($1.end?.at ?? time) }.prefix(limit)
            for letter in dropped { state.deadLetters[letter.id] = nil }
            return dropped.count
        }
    }
}

extension DeadLetterTraits {
    /// What tells why it died, on what was known of it before.
    fileprivate func from(_ known: DeadLetterTraits) -> DeadLetterTraits {
        DeadLetterTraits(
            exchange: known.exchange, routingKey: known.routingKey, queue: queue, reason: reason, detail: detail,
            messageID: known.messageID, correlationID: known.correlationID, type: known.type, appID: known.appID)
    }
}

extension DeadLetterFilter {
    fileprivate func admits(_ letter: DeadLetter) -> Bool {
        func same(_ wanted: String?, _ text: String?) -> Bool {
            wanted.map { text?.hasSameBytes(as: $0) ?? false } ?? true
        }
        let isOfState =
            switch state {
            case .any: true
            case .open: letter.end == nil
            case .ended(let kind): letter.end?.kind == kind
            }
        return isOfState && same(reason, letter.traits.reason) && same(queue, letter.traits.queue)
            && same(routingKey, letter.traits.routingKey) && (receivedAfter.map { letter.receivedAt > $0 } ?? true)
            && (receivedBefore.map { letter.receivedAt < $0 } ?? true)
    }
}
