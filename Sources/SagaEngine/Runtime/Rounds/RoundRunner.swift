internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

/// Takes batches of inputs through load, fold, commit and settlement, one batch at a time.
///
/// The only writer of this node. While it waits for a commit, the next inputs gather in the inbox.
struct RoundRunner {
    let engine: EngineParts
    var node: NodeID
    var number: Int64 = 0
    var cache: SagaCache
    /// Whether a take-over of what this node itself could not get out is between two pages. What is written meanwhile
    /// escapes the pages that are left, which end before it, so it answers for all that its sagas have in flight.
    var isRecovering = false

    init(engine: EngineParts, node: NodeID) {
        self.engine = engine
        self.node = node
        self.cache = SagaCache(capacity: engine.configuration.cachedSagas)
    }

    /// What a batch leaves to be sent once it is committed.
    struct Outgoing: Sendable {
        let batch: Int64
        let messages: Messages
    }

    /// Takes a batch in, however often it takes. Returns what is to be sent.
    ///
    /// Nothing is given up while the store cannot be reached: replies stay unacknowledged, requests wait
    /// until their callers lose patience. A batch that the store cannot digest is taken apart until the
    /// one input that breaks it is found and put aside, so that it does not hold up the others.
    mutating func run(_ given: [Input]) async -> [Outgoing] {
        var inputs = given
        var pause = Backoff()
        var sendAgain: Set<UUID> = []
        number += 1
        engine.watermark.withLock { $0.begin(number) }
        while true {
            do {
                let outgoing = try await attempt(inputs, sendAgain: &sendAgain)
                engine.health.storeAnswers(.batches)
                return [outgoing]
            } catch {
                engine.statistics.withLock { $0.failedRounds += 1 }
                switch error.code {
                case .startConflict:
                    // If it was a turn in line that somebody else took, the line is looked at again later.
                    inputs.removeAll { if case .grant = $0 { true } else { false } }
                    await pause.brief()
                case .contention:
                    await pause.brief()
                case .versionRetired:
                    await learnOfRetirement(&pause)
                case .blocked:
                    return await divide(inputs, owing: sendAgain) {
                        $0.delay($1, "a row is held by somebody, and what needs it waits", error.message)
                    }
                case .outcomeUnknown:
                    // The next attempt finds out: events that were applied are ignored, and whatever is in
                    // flight for these sagas is sent once more.
                    sendAgain.formUnion(inputs.compactMap(\.sagaOrStart))
                    inputs = withoutRequests(inputs)
                    await storeFailed(error, &pause)
                case .unavailable, .refused, .tooMuch:
                    await storeFailed(error, &pause)
                case .nodeRetired:
                    await registerAgain(&pause)
                case .versionConflict, .broken:
                    return await divide(inputs, owing: sendAgain) { $0.putAside($1, error) }
                }
                cache.remove(inputs.compactMap(\.saga))
                if engine.isHalted { return giveUp(inputs, error) }
            }
        }
    }

    private func storeFailed(_ error: StoreError, _ pause: inout Backoff) async {
        if engine.health.storeFails(.batches, error.message) {
            engine.log.error("the store does not take a batch; it is tried again", metadata: ["error": "\(error)"])
        }
        await pause.next()
    }

    /// A version was retired that this node takes for one to start with: what is decided anew is decided without it.
    private func learnOfRetirement(_ pause: inout Backoff) async {
        do {
            try await engine.catalog.refresh()
            await pause.brief()
        } catch {
            await storeFailed(error, &pause)
        }
    }

    /// This process was taken for dead, and what it had in flight has been taken over: it goes on as a new node.
    private mutating func registerAgain(_ pause: inout Backoff) async {
        do {
            node = try await engine.store.register(nodeNamed: engine.configuration.nodeName)
            engine.registered(node)
            // To the copies this node answered for itself: it does not any more, and the store says who does.
            cache.removeAll()
            isRecovering = false
            // Who declared us dead answers for what we had not got out.
            engine.watermark.withLock { $0.disown() }
            engine.log.warning("declared dead by another node, registered again", metadata: ["node": "\(node)"])
        } catch {
            await storeFailed(error, &pause)
        }
    }

    /// Takes the halves of a batch apart from each other, down to the one input that stands in its way.
    ///
    /// - Parameter owing: sagas of which this batch may have made itself the one that answers for their commands.
    private mutating func divide(
        _ inputs: [Input], owing: Set<UUID>, _ handle: (inout RoundRunner, Input) -> Void
    ) async -> [Outgoing] {
        if owing.isEmpty, !inputs.contains(where: \.isTakeOver) {
            engine.watermark.withLock { $0.confirm(number) }
        } else {
            loseBatch()
        }
        cache.remove(inputs.compactMap(\.saga))
        guard inputs.count > 1 else {
            for input in inputs { handle(&self, input) }
            return []
        }
        var outgoing: [Outgoing] = []
        let middle = inputs.count / 2
        outgoing += await run(Array(inputs[..<middle]))
        outgoing += await run(Array(inputs[middle...]))
        return outgoing
    }

    /// What this batch answers for did not get out: it is made again from the store.
    func loseBatch() {
        engine.watermark.withLock { $0.lose(number) }
        engine.commandsLost.signal()
    }

    private func putAside(_ input: Input, _ error: StoreError) {
        engine.log.critical("an input breaks its batch and is put aside", metadata: ["error": "\(error)"])
        switch input {
        case .reply(let reply): engine.bus.quarantine(reply, reason: error.message)
        case .timer(let due): engine.putAside(due.timer)
        case .takeOver(let dead, _, _): engine.tookOver(dead)
        case .start, .returned, .unsendable, .published, .child, .childEnded, .listen, .arrived, .event, .startByEvent,
            .release, .grant, .retired, .request:
            break
        }
        input.fail(.fault(error.message))
    }

    /// Takes it in again later, so that the others go on meanwhile.
    ///
    /// The store works, and so does the node: one saga that waits is no reason to take it out of service.
    func delay(_ input: Input, _ what: Logger.Message, _ reason: String) {
        var metadata: Logger.Metadata = ["reason": "\(reason)"]
        if let saga = input.sagaOrStart { metadata["saga"] = "\(saga)" }
        engine.log.warning(what, metadata: metadata)
        let engine = engine
        Task {
            try? await Task.sleep(for: .seconds(1))
            engine.postpone([input])
        }
    }

    /// A person must not be told "refused" for what was done: whether it was is not known.
    private func withoutRequests(_ inputs: [Input]) -> [Input] {
        inputs.filter { input in
            guard case .request(let pending) = input else { return true }
            let message = "the store's answer was lost: look at saga \(pending.request.saga) whether it was done"
            pending.answer.fail(.unavailable(message))
            return false
        }
    }

    /// The node must stop and the store is not there: the broker keeps the replies, the callers are told.
    private func giveUp(_ inputs: [Input], _ error: StoreError) -> [Outgoing] {
        for input in inputs { input.fail(.unavailable(error.message)) }
        return []
    }
}

extension Input {
    var isTakeOver: Bool { if case .takeOver = self { true } else { false } }

    /// The saga it is about, or would start.
    var sagaOrStart: UUID? {
        if case .start(let start) = self { start.order.id } else { saga }
    }
}

/// Growing pauses between attempts, with full jitter.
struct Backoff {
    private var bound = Duration.milliseconds(50)

    /// Ends early when the task is cancelled.
    mutating func next() async {
        let pause = Duration.milliseconds(Int64.random(in: 10...bound.wholeMicroseconds / 1000))
        bound = min(bound * 2, .seconds(5))
        try? await Task.sleep(for: pause)
    }

    /// After a lost race: just enough for the winner to get out of the way.
    func brief() async {
        try? await Task.sleep(for: .milliseconds(Int64.random(in: 1...10)))
    }
}
