internal import Crypto
internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

extension Engine {
    /// Takes in domain events. Each is acknowledged once it is kept and what it led to is committed.
    public func receive(_ events: [IncomingEvent]) async {
        // Another node may have bound the name of a workflow that was deployed there a moment ago.
        var isUpToDate = true
        if events.contains(where: { !parts.catalog.wants($0.name) }) {
            do { try await parts.catalog.refresh() } catch { isUpToDate = false }
        }
        var inputs: [Input] = []
        for event in events {
            guard parts.catalog.wants(event.name) else {
                parts.passOver(event, isUpToDate)
                continue
            }
            do {
                let kept = try parts.catalog.keyed(event.read())
                inputs.append(.arrived(kept, event.trace, parts.delivery(of: event)))
            } catch {
                parts.putAside(event, error.reason)
            }
        }
        parts.postpone(inputs)
    }
}

extension EngineParts {
    /// What sees to it that the broker learns what became of an event.
    fileprivate func delivery(of event: IncomingEvent) -> Delivery {
        Delivery(parts: 1) { outcome in
            switch outcome {
            case .arrived: self.bus.acknowledge(events: [event.receipt])
            case .lost: self.giveBack(event)
            case .refused(let reason):
                self.statistics.withLock { $0.startsRefused += 1 }
                self.putAside(event, reason)
            }
        }
    }

    /// It cannot be read, or what it was to start cannot be started, and never will be by trying again. What else it led
    /// to is committed.
    ///
    /// The broker has it among its dead letters then, which do not say why. So that is stored before.
    fileprivate func putAside(_ event: IncomingEvent, _ reason: String) {
        log.error(
            "an event does not start what it is to start, and is put aside",
            metadata: ["event": "\(event.name)", "id": "\(event.id)", "reason": "\(reason)"])
        Task {
            if await keep(.event, name: event.name, key: event.id, reason: reason) {
                bus.quarantine(event, reason: reason)
            } else {
                giveBack(event)
            }
        }
    }

    /// Has a start that cannot be made stored for people to see; false if the store does not take it now.
    func keep(_ source: FailedStart.Source, name: String, key: String, reason: String) async -> Bool {
        do {
            try await store.keep(
                failedStart: FailedStart(source, name: name, key: key, reason: reason, at: clock.now))
            return true
        } catch {
            log.warning(
                "that a start failed cannot be stored, and is tried again",
                metadata: ["name": "\(name)", "key": "\(key)", "error": "\(error)"])
            return false
        }
    }

    /// No workflow listens for it, or is started by it, as far as this node knows.
    fileprivate func passOver(_ event: IncomingEvent, _ isUpToDate: Bool) {
        // If a stored version cannot be compiled here, or the store cannot be asked, another node may know better.
        if isUpToDate, catalog.isComplete { bus.acknowledge(events: [event.receipt]) } else { giveBack(event) }
    }

    /// Leaves an event to the broker, after a pause that grows with each time. One that comes back again and again is put
    /// aside, or it would do so for ever.
    private func giveBack(_ event: IncomingEvent) {
        let bus = self.bus
        guard event.redeliveries < Self.redeliveryLimit else {
            let reason = "it came back \(event.redeliveries) times and could not be taken in"
            // The store may be what is in the way: then the dead letter and the log have to do.
            Task {
                _ = await keep(.event, name: event.name, key: event.id, reason: reason)
                bus.quarantine(event, reason: reason)
            }
            return
        }
        let pause = min(Duration.milliseconds(100 << min(event.redeliveries, 10)), .seconds(30))
        Task {
            try? await Task.sleep(for: pause)
            bus.giveBack(events: [event.receipt])
        }
    }

    private static let redeliveryLimit = 20

    /// Keeps events under all that a deployed workflow may find them by, and gives the steps that wait for them.
    ///
    /// A version that was deployed through another node, and is not known here yet, may look where nobody looked
    /// before. Its sagas listen only once it is there; so if no version is new after the events were stored, none of
    /// them can be meant for a saga of a version that is not known. What they start is decided afterwards, so by what was
    /// active when they were stored.
    func keep(_ events: [KeptEvent]) async throws(StoreError) -> [MatchedEvent] {
        let kept = try await store.keep(events)
        guard kept.catalogRevision > catalog.revision else { return kept.matches }
        try await catalog.refresh()
        return try await store.keep(events.map { catalog.keyed($0.event, for: $0.recipient) }).matches
    }
}

extension IncomingEvent {
    struct Unreadable: Error {
        let reason: String
    }

    /// The event, with an id: a publisher that gives none has its events told apart by what they say.
    fileprivate func read() throws(Unreadable) -> DomainEvent {
        let limits = JSON.Limits.default
        guard body.count <= limits.bytes else {
            throw Unreadable(reason: "its body has \(body.count) bytes, and \(limits.bytes) are the most")
        }
        guard let json = try? JSON(parsing: body, limits: limits), json.objectValue != nil else {
            throw Unreadable(reason: "its body is no JSON object")
        }
        return DomainEvent(id: id, name: name, body: body)
    }

    /// With an id of their own those without one are told apart too.
    fileprivate var id: String {
        // A store could not hold the one, and would have to index the other.
        if let messageID, 1...255 ~= messageID.utf8.count, !messageID.utf8.contains(0),
            !messageID.hasPrefix(KeptEvent.signalPrefix)
        {
            return messageID
        }
        var hash = SHA256()
        hash.update(data: Array(name.utf8) + [0])
        hash.update(data: body)
        return "sha256:" + hash.finalize().hexadecimal
    }
}
