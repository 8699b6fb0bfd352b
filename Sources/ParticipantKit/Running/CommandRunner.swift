internal import Logging
internal import Postgres
internal import SagaValues
internal import SagaWire
internal import ServiceLifecycle

/// From a command to its answer: one transaction with the barrier, whatever happens around it.
struct CommandRunner: Sendable {
    let participant: String
    let pool: PostgresPool
    let actions: ActionTable
    let interceptors: [any ActionInterceptor]
    let limits: JSON.Limits
    /// How long the barrier remembers.
    var retention = ParticipantConfiguration().retention
    let logger: Logger
    /// Sends a reply at once, beside the answer that is still being worked on.
    let announce: @Sendable (ReplyMessage.Outcome, ReceivedCommand) -> Void
    /// Called when events have been committed to the outbox.
    let eventsCommitted: @Sendable () -> Void

    /// A stored answer must leave even if the limits have been lowered since.
    var replyLimits: JSON.Limits {
        JSON.Limits(bytes: max(limits.bytes, JSON.Limits.default.bytes), depth: limits.depth)
    }

    enum Answer: Sendable {
        case reply(ReplyMessage.Outcome)
        /// The work was stopped before anything was settled: the command goes back to the broker.
        case abandoned
    }

    /// How often a transaction that lost against another is run again before the command is sent back.
    private static let contentionTries = 5

    /// Answers a command. Returns only when it is certain whether the transaction was committed.
    ///
    /// - Parameters:
    ///   - mayBeDone: the command was delivered before and not acknowledged; that time it may have been committed.
    ///   - refusal: the answer to a *do* that never was settled before, in place of its handler's.
    func answer(
        _ command: ReceivedCommand, mayBeDone: Bool = false, refusal: ReplyError? = nil
    ) async -> Answer {
        var tries = 0
        // "retry" would say that nothing was done. As long as this is so, only the barrier can say that.
        var isUncertain = mayBeDone
        while !Task.isCancelled {
            tries += 1
            let hearing = Hearing()
            do {
                if let refusal { return .reply(try await refuse(command, refusal, hearing)) }
                return .reply(try await carryOut(command, hearing))
            } catch let error as PostgresError {
                if hearing.isOver { isUncertain = false }
                if error.code == .outcomeUnknown {
                    isUncertain = true
                    log(command, "the commit's outcome is unknown; the barrier is asked again", error, .warning)
                } else if !hearing.isOver, isUncertain || error.isLongWait {
                    log(command, "the barrier does not answer yet; it is asked again", error, .warning)
                } else if error.isContention, tries < Self.contentionTries {
                    try? await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 << tries))))
                    continue
                } else {
                    return verdict(on: error, command, hearing)
                }
                let pause = Duration.milliseconds(min(100 << min(tries, 6), 5000))
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
                // Undecided, it goes back to the broker: whoever gets it next asks the barrier first too.
                if Task.isShuttingDownGracefully { return .abandoned }
            } catch {
                return verdict(on: error, command, hearing)
            }
        }
        return .abandoned
    }

    func log(_ command: ReceivedCommand, _ text: String, _ error: any Error, _ level: Logger.Level) {
        logger.log(
            level: level, "\(text)",
            metadata: [
                "command": "\(command.message.id)", "attempt": "\(command.message.attempt)", "error": "\(error)",
            ])
    }

    // MARK: The three directions

    private func carryOut(_ command: ReceivedCommand, _ hearing: Hearing) async throws -> ReplyMessage.Outcome {
        switch command.message.id.direction {
        case .do: try await carryOutDo(command, hearing)
        case .undo: try await carryOutUndo(command, hearing)
        case .probe: try await carryOutProbe(command, hearing)
        }
    }

    private func carryOutDo(_ command: ReceivedCommand, _ hearing: Hearing) async throws -> ReplyMessage.Outcome {
        do {
            return try await pool.transaction { transaction in
                let barrier = try await barrier(command, transaction)
                switch try await barrier.claimDo() {
                case .answered(let outcome): return outcome
                case .granted: hearing.end()
                }
                let action = try actions.find(command, .do)
                let context = context(command, transaction)
                let input = command.message.body.json
                guard case .done(let output) = try await run(action, command, input, nil, context) else {
                    throw ParticipantError(.unexpectedResult, "a do is done or fails")
                }
                try await settle(barrier, output, context)
                return .done(output)
            }
        } catch let refusal as Rejection {
            return try await refuse(
                command,
                ReplyError(code: refusal.code, message: refusal.message, details: refusal.details.map { .object($0) }),
                hearing, lookingOutside: true)
        }
    }

    /// Answers a *do* with a refusal that holds: a duplicate that comes after it gets the same.
    ///
    /// It speaks for every attempt, so a handler's refusal is kept only if none of them had an effect outside. What the
    /// handler says of itself does not tell; what the probe finds does. Looked for with the key in hand, so that nobody
    /// else is at it meanwhile.
    private func refuse(
        _ command: ReceivedCommand, _ error: ReplyError, _ hearing: Hearing, lookingOutside: Bool = false
    ) async throws -> ReplyMessage.Outcome {
        let error = error.storable
        // The handler's transaction has given its claim up; this one makes it again.
        hearing.begin()
        return try await pool.transaction { transaction in
            let barrier = Barrier(command, transaction)
            let outcome = try await barrier.record(error)
            guard lookingOutside, case .rejected = outcome, let found = try await foundOutside(command, transaction)
            else { return outcome }
            try await barrier.settle(found, events: [], source: participant)
            return .done(found)
        }
    }

    /// The output of what an earlier attempt of a *do* has done outside; nil if there is none.
    ///
    /// - Throws: ``OutcomeUnknown`` if that is not known at present.
    private nonisolated(nonsending) func foundOutside(
        _ command: ReceivedCommand, _ transaction: PostgresTransaction
    ) async throws -> Payload? {
        guard let probe = actions.probe(command) else { return nil }
        let command = command.asProbe
        do {
            let context = context(command, transaction)
            guard case .done(let found) = try await run(probe, command, command.message.body.json, nil, context)
            else { return nil }
            return found
        } catch is Rejection {
            // The input is nothing that anybody could have been asked for.
            return nil
        } catch let failure as TemporaryFailure {
            throw OutcomeUnknown(failure.code, failure.message, retryAfter: failure.retryAfter)
        }
    }

    private func carryOutUndo(_ command: ReceivedCommand, _ hearing: Hearing) async throws -> ReplyMessage.Outcome {
        let body = try UndoBody(command.message.body)
        return try await pool.transaction { transaction in
            let barrier = try await barrier(command, transaction)
            let claim = try await barrier.claimUndo()
            hearing.end()
            switch claim {
            case .undone:
                return .done(.nothing)
            case .nothingDone:
                // The orchestrator was told that it was done: then its record was lost, with a restored database say.
                guard body.output?.isNull ?? true else { throw Barrier.forgotten(command.message.id) }
                guard let action = actions.undoOutside(command) else {
                    try await barrier.settle(.nothing, events: [], source: participant)
                    return .done(.nothing)
                }
                let context = context(command, transaction)
                _ = try await run(action, command, body.input, nil, context)
                try await settle(barrier, .nothing, context)
                return .done(.nothing)
            case .granted(let stored):
                let action = try actions.find(command, .undo)
                let context = context(command, transaction)
                var output = stored
                if let known = body.output, !known.isNull { output = known }
                _ = try await run(action, command, body.input, output, context)
                try await settle(barrier, .nothing, context)
                return .done(.nothing)
            }
        }
    }

    private func carryOutProbe(_ command: ReceivedCommand, _ hearing: Hearing) async throws -> ReplyMessage.Outcome {
        try await pool.transaction { transaction in
            let barrier = try await barrier(command, transaction)
            if let stored = try await barrier.storedDo() { return stored }
            hearing.end()
            let notDone = ReplyMessage.Outcome.rejected(
                ReplyError(code: KitCode.notDone, message: "\(command.message.action) has not been done"))
            guard let action = actions.probe(command) else { return notDone }
            let context = context(command, transaction)
            switch try await run(action, command, command.message.body.json, nil, context) {
            case .done(let output): return try await barrier.recordFound(output)
            case .notDone: return notDone
            }
        }
    }

    /// The command's barrier, once it is sure to know what happened.
    private nonisolated(nonsending) func barrier(
        _ command: ReceivedCommand, _ transaction: PostgresTransaction
    ) async throws -> Barrier {
        let barrier = Barrier(command, transaction)
        try await barrier.requireMemory(of: retention)
        return barrier
    }

    private nonisolated(nonsending) func settle(_ barrier: Barrier, _ output: Payload, _ context: ActionContext)
        async throws
    {
        let events = context.events
        try await barrier.settle(output, events: events, source: participant)
        if !events.isEmpty { eventsCommitted() }
    }

    // MARK: Handlers

    private enum Finding {
        case done(Payload)
        case notDone
    }

    private nonisolated(nonsending) func run(
        _ action: Action, _ command: ReceivedCommand, _ input: JSON, _ output: JSON?, _ context: ActionContext
    ) async throws -> Finding {
        let finding =
            interceptors.isEmpty
            ? try await action.run(input, output, context)
            : try await intercepted(action, command, input, output, context)
        switch finding {
        case .notDone: return .notDone
        case .done(let json):
            let payload = try JSON.checkedBytes(json, of: "the output of \(context.action)")
            guard payload.bytes.count <= limits.bytes else {
                throw Rejection(KitCode.payloadTooLarge, "the output is larger than \(limits.bytes) bytes")
            }
            return .done(payload)
        }
    }

    private nonisolated(nonsending) func intercepted(
        _ action: Action, _ command: ReceivedCommand, _ input: JSON, _ output: JSON?, _ context: ActionContext
    ) async throws -> Action.Finding {
        let result = ResultBox<Action.Finding>()
        var next: @Sendable () async throws -> Void = {
            result.set(try await action.run(input, output, context))
        }
        let description = command.description(participant, input: input)
        for interceptor in interceptors.reversed() {
            let inner = next
            next = { try await interceptor.intercept(description, handler: inner) }
        }
        try await next()
        guard let finding = result.value else {
            throw ParticipantError(.unexpectedResult, "an interceptor of \(context.action) did not call the handler")
        }
        return finding
    }

    private func context(_ command: ReceivedCommand, _ transaction: PostgresTransaction) -> ActionContext {
        var logger = logger
        logger[metadataKey: "saga"] = "\(command.message.id.saga)"
        logger[metadataKey: "command"] = "\(command.message.id)"
        return ActionContext(command, transaction: transaction, logger: logger) { [announce] note in
            announce(.working(note), command)
        }
    }
}

extension Payload {
    /// `{}`
    static let nothing = Payload([:])
}

extension ReceivedCommand {
    func description(_ participant: String, input: JSON) -> CommandDescription {
        CommandDescription(
            participant: participant, action: actionName, id: message.id, attempt: message.attempt, input: input)
    }

    /// The step's input, which an undo carries inside its body.
    var stepInput: JSON {
        guard message.id.direction == .undo else { return message.body.json }
        return message.body.json["input"] ?? [:]
    }
}
