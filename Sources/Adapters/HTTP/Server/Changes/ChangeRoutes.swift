internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What happens, as it happens: of one saga, of a workflow, of all.
struct ChangeRoutes {
    let store: any SagaStore
    let views: Views
    let feed: ChangeFeed
    let seats: StreamSeats
    let settings: StreamSettings
    let gate: Gate

    func add(to group: Routes) {
        group.stream("changes", .seeSagas, .followChanges, of: ChangeView.self, use: all)
        group.stream("sagas/:id/changes", .seeSagas, .followSaga, of: HistoryItem.self, use: one)
    }

    private func all(_ request: Request, _ call: Call) async throws -> EventStream {
        let filter = ChangeFilter(
            whose: try request.whose(call.requester), workflow: try request.query("workflow"),
            withChildren: try request.query("children", "true or false") { Bool($0) } ?? false)
        let mark = try request.lastEventID().map { Timestamp(microseconds: Int64($0)) }
        if let mark, mark < .now() - settings.oldest { throw Problem.markTooOld(settings.oldest) }
        let seat = try seats.take(for: call.requester.holder)
        let queue = StreamQueue(limit: settings.backlog, isHolding: mark != nil)
        // From here on nothing is missed, so whoever has the head of the answer may look at what was before.
        let following = try await feed.follow(filter, into: queue)
        queue.put([ServerSentEvents.opening(mark == nil ? following.mark.from.eventID : nil)], mark: nil)
        let wait = request.preferredWait
        return stream(request, call, queue, seat) { queue in
            if let mark { await catchUp(from: mark, filter, queue) }
            if wait == .zero { return queue.end(.waited) }
            await untilCancelled()
            withExtendedLifetime(following) {}
        }
    }

    /// Reads what was since the mark, page by page and only as fast as it is taken.
    private func catchUp(from time: Timestamp, _ filter: ChangeFilter, _ queue: StreamQueue) async {
        var mark = ChangeMark(resumingAt: time)
        while !Task.isCancelled {
            await queue.waitUntilDrained()
            guard let page = try? await store.changes(after: mark, limit: settings.page) else {
                try? await Task.sleep(for: max(settings.pause, .seconds(1)))
                continue
            }
            queue.put(ChangeFrames(page.changes, from: mark).those(filter), mark: page.next.from.eventID)
            if page.isLast { return queue.release() }
            mark = page.next
        }
    }

    private func one(_ request: Request, _ call: Call) async throws -> EventStream {
        let id = try call.sagaID()
        let after = try request.lastEventID() ?? 0
        let row = try await views.summary(id, for: call.requester).row
        if row.status.isTerminal, after >= row.revision { return EventStream(live: nil) }
        let seat = try seats.take(for: call.requester.holder)
        let queue = StreamQueue(limit: settings.backlog)
        queue.put([ServerSentEvents.opening(nil)], mark: nil)
        let (wait, requester) = (request.preferredWait, call.requester)
        return stream(request, call, queue, seat) { queue in
            var seen = after
            while !Task.isCancelled {
                await queue.waitUntilDrained()
                // What the store cannot answer now it may answer later.
                if let isMore = try? await tell(id, &seen, requester, queue) {
                    if isMore { continue }
                    if wait == .zero { return queue.end(.waited) }
                }
                try? await Task.sleep(for: settings.pause)
            }
        }
    }

    /// One page of what is new of a saga. True if there is more of it.
    private func tell(
        _ id: UUID, _ seen: inout Int, _ requester: Requester, _ queue: StreamQueue
    ) async throws -> Bool {
        let row = try await views.summary(id, for: requester).row
        guard row.revision > seen else {
            if row.status.isTerminal { queue.end(.sagaEnded(row.status)) }
            return false
        }
        let page = try await views.history(id, after: seen, for: requester)
        let frames = try page.history.map { item in
            ServerSentEvents.change(try JSONValueEncoder.encode(item).bytes, id: "\(item.revision)")
        }
        queue.put(frames, mark: nil)
        seen = page.history.last?.revision ?? seen
        return true
    }

    private func stream(
        _ request: Request, _ call: Call, _ queue: StreamQueue, _ seat: StreamSeats.Seat,
        feed: @escaping @Sendable (StreamQueue) async -> Void
    ) -> EventStream {
        let (header, requester, channel) = (request.headers[.authorization], call.requester, call.context.channel)
        return EventStream(
            live: EventStream.Live(
                queue: queue, settings: settings, limit: request.preferredWait, feed: feed,
                isAdmitted: {
                    do {
                        return try await gate.admit(header, from: requester.address) == requester
                    } catch {
                        // Anything else than a refusal says nothing about the credential.
                        return (error as? Problem)?.status != 401
                    }
                }, hangUp: { channel.close(promise: nil) }, seat: seat))
    }

    private func untilCancelled() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }
}

extension Requester {
    /// Many people may show what one key has signed.
    fileprivate var holder: String { "\(credential) \(subject)" }
}

extension Request {
    /// Where the reader wants to go on; nil if it comes for the first time. Browsers mean the same by an empty id.
    fileprivate func lastEventID() throws(Problem) -> Int? {
        guard let text = headers[.lastEventID], !text.isEmpty else { return nil }
        guard let number = Limits.whole(text, Limits.marks) else {
            throw .badRequest("Last-Event-ID must be the id of an event of this stream; leave it out to begin now")
        }
        return number
    }
}

extension Problem {
    fileprivate static func markTooOld(_ oldest: Duration) -> Problem {
        Problem(
            code: "SAGA-0251", title: "Too long ago", status: 410,
            detail:
                "one may go on where one was within \(oldest.sagaText); begin without Last-Event-ID, and list what is there"
        )
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
