internal import Logging
internal import SagaEngine
internal import SagaValues
internal import ServiceLifecycle

/// A way to somebody outside who is told of incidents.
protocol NoticeSender: Sendable {
    var target: NoticeTarget { get }
    /// What stands in logs for the target, without what is secret of it.
    var place: String { get }
    /// Tries once.
    func send(_ delivery: NoticeDelivery) async -> NoticeOutcome
}

enum NoticeOutcome: Sendable, Hashable {
    case delivered
    /// Why not, in words that may be logged and stored.
    case failed(String)
}

/// Delivers what is to be told of incidents: at least once, by whichever node comes to it, for a bounded time.
struct NoticeDesk: Service {
    struct Settings: Sendable {
        /// How often it is looked for something to tell.
        var poll = Duration.seconds(1)
        /// For so long a delivery is left to the node that has begun with it: longer than an attempt may take.
        var lease = Duration.seconds(60)
        /// How many attempts of one target are under way at once.
        var atOnce = 4
        /// After the first attempt, and each pause is twice the one before, up to the longest.
        var firstPause = Duration.seconds(5)
        var longestPause = Duration.seconds(900)
        /// How long after it was written a delivery is given up.
        var life = Duration.seconds(86_400)

        /// - Parameter attempts: that were made.
        func pause(after attempts: Int) -> Duration {
            min(longestPause, firstPause * (1 << min(20, max(0, attempts - 1))))
        }
    }

    let store: any NoticeStore
    let senders: [any NoticeSender]
    var settings = Settings()
    let log: Logger

    /// What is under way at the end is sent again by another node, or the next process.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await register()
            await withDiscardingTaskGroup { tasks in
                for sender in senders { tasks.addTask { await serve(sender) } }
            }
            // With nobody to tell there is nothing to do, and a service that ends, ends all.
            try? await gracefulShutdown()
        }
    }

    private func register() async {
        while !Task.isCancelled {
            do {
                let dropped = try await store.setNoticeTargets(senders.map(\.target))
                if dropped > 0 {
                    log.warning(
                        "messages about incidents were dropped: nobody is configured any more whom they were for",
                        metadata: ["count": "\(dropped)"])
                }
                return
            } catch {
                if !Task.isCancelled { log.warning("nobody is told of incidents", metadata: ["error": "\(error)"]) }
                try? await Task.sleep(for: settings.poll)
            }
        }
    }

    private func serve(_ sender: any NoticeSender) async {
        while !Task.isCancelled {
            var isMore = false
            do {
                let due = try await store.claimNotices(
                    for: sender.target, limit: settings.atOnce, lease: settings.lease)
                await withDiscardingTaskGroup { tasks in
                    for delivery in due { tasks.addTask { await deliver(delivery, by: sender) } }
                }
                isMore = due.count == settings.atOnce
            } catch {
                if !Task.isCancelled { log.warning("nobody is told of incidents", metadata: ["error": "\(error)"]) }
            }
            if !isMore { try? await Task.sleep(for: settings.poll) }
        }
    }

    private func deliver(_ delivery: NoticeDelivery, by sender: any NoticeSender) async {
        let outcome = await sender.send(delivery)
        // An attempt that was broken off says nothing.
        guard !Task.isCancelled else { return }
        do {
            switch outcome {
            case .delivered: try await store.noticeDelivered(delivery.id)
            case .failed(let why) where delivery.now - delivery.writtenAt >= settings.life:
                try await giveUp(delivery, sender, why)
            case .failed(let why):
                log.warning(
                    "a message about incidents was not delivered",
                    metadata: [
                        "to": "\(sender.place)", "message": "\(delivery.id)", "attempt": "\(delivery.attempts)",
                        "error": "\(why)",
                    ])
                try await store.noticeFailed(
                    delivery.id, why: why, pause: settings.pause(after: delivery.attempts))
            }
        } catch {
            // Its lease runs out, and it is tried again under the same id.
            log.warning("what came of a message is not noted", metadata: ["error": "\(error)"])
        }
    }

    private func giveUp(_ delivery: NoticeDelivery, _ sender: any NoticeSender, _ why: String) async throws(StoreError)
    {
        let author = AuditRecord.Author(subject: "saga", credential: "node", role: "service", address: nil)
        let body = (try? JSON(parsing: delivery.body)) ?? .null
        try await store.giveUpNotice(
            delivery.id,
            AuditRecord(
                at: delivery.now, author: author, verb: "notice-given-up", outcome: .refused,
                tenant: body["data"]?["tenant"]?.stringValue, workflow: body["data"]?["workflow"]?.stringValue,
                step: body["data"]?["step"]?.stringValue,
                reason: "not delivered to \(sender.place) in \(delivery.attempts) attempts: \(why)",
                detail: ["message": .string("\(delivery.id)"), "type": .string(delivery.type), "body": body]))
        log.error(
            "a message about incidents is given up",
            metadata: [
                "to": "\(sender.place)", "message": "\(delivery.id)", "attempts": "\(delivery.attempts)",
                "error": "\(why)",
            ])
    }
}
