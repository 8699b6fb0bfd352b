public import SagaEngine
public import SagaValues

extension MemoryStore {
    public func exchange(
        _ notes: [ParticipantNote], window: Duration
    ) async throws(StoreError) -> [ParticipantRecord] {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            for note in notes { state.participants.add(note, at: now) }
            return state.participants.records(window: window, at: now)
        }
    }

    public func change(
        participant name: String, _ change: ParticipantChange, ifAt version: Int?, audit: AuditRecord?
    ) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let bytes = Array(name.utf8)
            var record = state.participants.known[bytes] ?? ParticipantRecord(name: name)
            switch change {
            case .limits(let limits): record.limits = limits
            case .breaker(let breaker):
                guard version.map({ $0 == record.version }) ?? true else { return false }
                record.breaker = breaker
                record.version += 1
            }
            state.participants.known[bytes] = record
            if let audit { state.audit.append(audit) }
            return true
        }
    }

    public func dropOutcomes(before: Timestamp) async throws(StoreError) {
        try checkConnection()
        try database.access { (state, _) throws(StoreError) in
            state.participants.outcomes.removeAll { $0.at < before }
        }
    }
}

/// What is known of participants.
struct MemoryParticipants {
    /// By the bytes of their names.
    var known: [[UInt8]: ParticipantRecord] = [:]
    var outcomes: [(name: [UInt8], at: Timestamp, tally: ParticipantTally)] = []

    mutating func add(_ note: ParticipantNote, at now: Timestamp) {
        let bytes = Array(note.name.utf8)
        var record = known[bytes] ?? ParticipantRecord(name: note.name)
        record.lastReplyAt = [record.lastReplyAt, note.lastReplyAt].compactMap(\.self).max()
        if let at = note.lastFailureAt, record.lastFailureAt.map({ $0 < at }) ?? true {
            (record.lastFailureAt, record.lastFailure) = (at, note.lastFailure)
        }
        if let queue = note.queue {
            (record.queue, record.queueSeenAt) = (queue, now)
            record.unattendedSince = queue.consumers == 0 ? record.unattendedSince ?? now : nil
        }
        known[bytes] = record
        if !note.tally.isEmpty { outcomes.append((bytes, now, note.tally)) }
    }

    func records(window: Duration, at now: Timestamp) -> [ParticipantRecord] {
        known.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { name, record in
            var record = record
            (record.counted, record.recent) = (ParticipantTally(), ParticipantTally())
            let begin =
                switch record.breaker?.phase {
                case .halfOpen: record.breaker?.since ?? now
                case .closed, .open, nil: max(now - window, record.breaker?.since ?? Timestamp(microseconds: .min))
                }
            for outcome in outcomes where outcome.name == name {
                if outcome.at >= begin { record.counted += outcome.tally }
                if outcome.at > now - ParticipantRecord.recently { record.recent += outcome.tally }
            }
            return record
        }
    }
}
