internal import Logging
internal import SagaCore
internal import SagaValues
internal import ServiceLifecycle
internal import Synchronization

extension Engine {
    /// Makes the node known to its store, however long that takes; nil if it is told to stop before.
    func register() async -> NodeID? {
        var pause = Backoff()
        var registered: NodeID?
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                // Once: what fails after it is tried again under the same id.
                if registered == nil {
                    registered = try await parts.store.register(nodeNamed: parts.configuration.nodeName)
                }
                guard let node = registered else { continue }
                parts.clock.set(try await parts.store.ping())
                try await parts.catalog.refresh()
                parts.registered(node)
                parts.health.storeAnswers(.heartbeat)
                return node
            } catch {
                if parts.health.storeFails(.heartbeat, error.message) {
                    parts.log.error("cannot register with the store", metadata: ["error": "\(error)"])
                }
                await pause.next()
            }
        }
        return nil
    }

    /// The node was told to stop before it could begin: whoever waits for it is told so.
    func refuseAll() async {
        parts.inbox.close()
        while let inputs = await parts.inbox.take(limit: .max, bytes: .max) {
            for input in inputs { input.fail(.unavailable("the node is stopping")) }
        }
    }

    /// Extends the lease, and takes over from nodes that are gone.
    func beat() async {
        while !Task.isCancelled {
            if let node = parts.currentNode {
                do {
                    let watermark = parts.watermark.withLock { $0.value }
                    let news = try await parts.store.heartbeat(
                        node, watermark: watermark, lease: parts.configuration.lease)
                    parts.clock.set(news.now)
                    parts.health.storeAnswers(.heartbeat)
                    parts.leads(news.isLeader && !news.isRetired)
                    if news.isRetired { parts.inbox.put([.retired(node)]) }
                    for dead in parts.beginTakeOver(of: news.dead) {
                        parts.inbox.put([.takeOver(from: dead.id, after: dead.watermark, before: nil)])
                    }
                } catch {
                    parts.leads(false)
                    if parts.health.storeFails(.heartbeat, error.message) {
                        parts.log.error("no heartbeat", metadata: ["error": "\(error)"])
                    }
                }
            }
            try? await Task.sleep(for: parts.configuration.heartbeat)
        }
    }

    /// Puts timers whose time has come into the inbox; one node does so for all.
    func watchTimers() async {
        while !Task.isCancelled {
            var isMore = false
            if parts.isLeader, let due = try? await parts.store.dueTimers(limit: parts.timerPage) {
                let fresh = parts.takeInHand(due)
                parts.inbox.put(fresh.map(Input.timer))
                isMore = fresh.count >= parts.configuration.timerPage
            }
            if !isMore { try? await Task.sleep(for: parts.configuration.timerPoll) }
        }
    }

    /// Gives sagas in line their locks: at once when one is freed here, and the leader looks each second.
    func watchLocks() async {
        while !Task.isCancelled {
            let isFreedHere = await parts.lockFreed.wait(upTo: .seconds(1))
            guard isFreedHere || parts.isLeader else { continue }
            guard let ids = try? await parts.store.grantable(limit: 500), !ids.isEmpty else { continue }
            parts.inbox.put(ids.map(Input.grant))
        }
    }

    /// Drops events that were kept for long enough, a few at a time; one node does so for all.
    func watchEvents() async {
        var next = ContinuousClock.now
        while !Task.isCancelled {
            if parts.isLeader, next <= .now {
                await dropEvents()
                next = .now + parts.configuration.eventUpkeep
            }
            try? await Task.sleep(for: min(parts.configuration.eventUpkeep, .seconds(10)))
        }
    }

    /// Counts each minute what has ended; one node does so for all.
    func rollUpStatistics() async {
        while !Task.isCancelled {
            var isMore = false
            if parts.isLeader {
                do {
                    isMore = try await parts.store.rollUpStatistics()
                } catch {
                    guard !Task.isCancelled else { return }
                    parts.log.warning("sagas that have ended cannot be counted", metadata: ["error": "\(error)"])
                }
            }
            if !isMore { try? await Task.sleep(for: parts.configuration.statisticsPoll) }
        }
    }

    private func dropEvents() async {
        let before = parts.clock.now - parts.configuration.eventRetention
        do {
            while !Task.isCancelled, try await parts.store.dropEvents(before: before, limit: 1_000) > 0 {}
        } catch {
            guard !Task.isCancelled else { return }
            parts.log.warning("events that are no longer needed cannot be dropped", metadata: ["error": "\(error)"])
        }
    }

    /// Learns of workflows that were deployed through other nodes.
    func watchCatalog() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: parts.configuration.catalogPoll)
            guard !Task.isCancelled else { return }
            do {
                try await parts.catalog.refresh()
            } catch {
                guard !Task.isCancelled else { return }
                parts.log.warning("cannot look for new workflows", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Stores how far everything got; if all of it was sent, nobody has to take over.
    func sayGoodbye() async {
        guard let node = parts.currentNode else { return }
        let (watermark, isClean) = parts.watermark.withLock { ($0.value, $0.value == $0.last) }
        do {
            _ = try await parts.store.heartbeat(node, watermark: watermark, lease: .zero)
            if isClean { try await parts.store.retire(node) }
            let done = parts.statistics.withLock { $0 }
            let ignored = done.ignored.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
            parts.log.notice(
                "node has stopped",
                metadata: [
                    "node": "\(node)", "unsent": "\(!isClean)", "ignored": "\(ignored.isEmpty ? "none" : ignored)",
                    "quarantined": "\(done.quarantined)",
                ])
        } catch {
            parts.log.warning("node has stopped without a farewell", metadata: ["error": "\(error)"])
        }
    }
}
