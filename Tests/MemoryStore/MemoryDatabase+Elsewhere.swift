internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension MemoryDatabase.State {
    /// What no two children share.
    struct ChildName: Hashable {
        let place: ParentLink.Place
        let round: Int
    }

    func children(of places: Set<ParentLink.Place>) -> [ChildRecord] {
        var children: [ParentLink.Place: ChildRecord] = [:]
        for (id, saga) in sagas {
            guard let link = saga.origin.parent, places.contains(link.place) else { continue }
            if let known = children[link.place], known.link.round > link.round { continue }
            children[link.place] = ChildRecord(saga: id, link: link)
        }
        return Array(children.values)
    }

    // MARK: Events

    mutating func listen(_ new: [EventWait]) -> [MatchedEvent] {
        for wait in new {
            let name = MemoryDatabase.WaitName(saga: wait.saga, step: wait.step)
            if waits[name] == nil { waits[name] = wait }
        }
        return matches(new, Array(events.values))
    }

    mutating func keep(_ new: [KeptEvent], at now: Timestamp) -> [MatchedEvent] {
        var ids: Set<[UInt8]> = []
        for kept in new {
            let id = Array(kept.name.utf8)
            ids.insert(id)
            let keys = Set(kept.keys.map { Array($0.text.utf8) })
            if events[id] == nil {
                events[id] = .init(event: kept.event, receivedAt: now, keys: [], recipient: kept.recipient?.saga)
                if let recipient = kept.recipient { audit.append(recipient.audit) }
            }
            events[id]!.keys.formUnion(keys)
        }
        return matches(Array(waits.values), ids.compactMap { events[$0] })
    }

    private func matches(_ waits: [EventWait], _ events: [MemoryDatabase.Event]) -> [MatchedEvent] {
        var found: [(event: MemoryDatabase.Event, match: MatchedEvent)] = []
        for wait in waits {
            for event in events
            where event.receivedAt >= wait.since && (event.recipient ?? wait.saga) == wait.saga
                && wait.keys.contains(where: { event.keys.contains(Array($0.text.utf8)) })
                && !taken.contains(.init(saga: wait.saga, event: Array(event.event.id.utf8)))
            {
                found.append((event, MatchedEvent(saga: wait.saga, step: wait.step, event: event.event)))
            }
        }
        return found.sorted { left, right in
            (left.event.receivedAt, left.event.event.id, left.match.saga, left.match.step)
                < (right.event.receivedAt, right.event.event.id, right.match.saga, right.match.step)
        }.map(\.match)
    }

    func signalsWaitedFor(limit: Int) -> [MatchedEvent] {
        Array(matches(Array(waits.values), events.values.filter { $0.recipient != nil }).prefix(limit))
    }

    mutating func dropEvents(before: Timestamp, limit: Int) -> Int {
        let old = events.filter { $0.value.receivedAt < before }.sorted { $0.value.receivedAt < $1.value.receivedAt }
        for (id, _) in old.prefix(limit) { events[id] = nil }
        let moot = taken.filter { taken in
            !events.values.contains {
                Array($0.event.id.utf8) == taken.event && ($0.recipient ?? taken.saga) == taken.saga
            }
        }.prefix(limit)
        taken.subtract(moot)
        let ended = waits.keys.filter { sagas[$0.saga]?.row.status.isTerminal ?? false }.prefix(limit)
        for name in ended { waits[name] = nil }
        let failed = failedStarts.filter { $0.value.at < before }.keys.prefix(limit)
        for name in failed { failedStarts[name] = nil }
        return min(old.count, limit) + moot.count + ended.count + failed.count
    }
}
