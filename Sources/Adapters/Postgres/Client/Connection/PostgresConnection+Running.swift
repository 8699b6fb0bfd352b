internal import CPostgres
internal import IOThreads
internal import SagaValues

extension PostgresConnection {
    // MARK: Turns

    func takeTurn(until deadline: ContinuousClock.Instant) async throws(PostgresError) {
        do {
            try await turns.take(until: deadline)
        } catch {
            throw PostgresError(waitingFor: "the connection", error)
        }
    }

    /// Throws when the task is cancelled: then nothing is sent, and the session stays.
    func checkCancellation() throws(PostgresError) {
        if Task.isCancelled { throw PostgresError(.taskCancelled, "the task was cancelled") }
    }

    /// The session of that number, while it lasts.
    func link(of generation: Int) throws(PostgresError) -> Link {
        if generation == self.generation, let link {
            if !link.wasLostWhileIdle() { return link }
            drop(link)
        }
        throw PostgresError(.connectionLost, "the session that was asked for is no longer there")
    }

    // MARK: Round trips

    private enum Ending {
        case finished, lost, timedOut, cancelled, closed
    }

    /// One round trip. Afterwards `exchange` holds rows or the server's failure, and the session goes on;
    /// or this throws, and the session is gone.
    func run(
        _ exchange: inout Exchange,
        on link: Link,
        until deadline: ContinuousClock.Instant
    ) async throws(PostgresError) {
        counters.count(statements: exchange.statementCount, bytes: exchange.byteCount)
        let ending = try await end(of: &exchange, on: link, until: deadline)
        if ending == .finished {
            counters.count(rows: exchange.rows.reduce(0) { $0 + $1.count })
            // Nothing follows the answer to a session's end.
            if !link.isIntact { drop(link) }
            return
        }
        let reason = reason(ending, link)
        drop(link)
        // Its last word before it went decides, if it said one.
        if exchange.hasCommitted || exchange.failure != nil { return }
        guard exchange.mayHaveCommitted else { throw reason }
        throw PostgresError(.outcomeUnknown, "the answer to COMMIT did not arrive: \(reason.message)")
    }

    private func end(
        of exchange: inout Exchange,
        on link: Link,
        until deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Ending {
        var progress: Exchange.Progress
        do {
            progress = try exchange.start(link)
        } catch {
            // Half of it may be queued already.
            drop(link)
            throw error
        }
        waitingOn = link
        defer { waitingOn = nil }
        while true {
            let interest: IOThread.Interest
            switch progress {
            case .finished: return .finished
            case .lost: return .lost
            case .needsInput: interest = .readable
            case .needsInputOrOutput: interest = .readableOrWritable
            }
            // Cancelling a task must not make a certain commit an uncertain one.
            let endsOnCancellation = !exchange.mayHaveCommitted && !exchange.ignoresCancellation
            let readiness = await thread.wait(
                for: interest, on: link.socket, until: deadline, endsOnCancellation: endsOnCancellation)
            switch readiness {
            case .ready: progress = exchange.advance(link)
            case .timedOut: return .timedOut
            case .interrupted: return isCut || !Task.isCancelled ? .closed : .cancelled
            }
        }
    }

    private func reason(_ ending: Ending, _ link: Link) -> PostgresError {
        switch ending {
        case .timedOut: PostgresError(.timedOut, "no answer from PostgreSQL before the deadline")
        case .cancelled: PostgresError(.taskCancelled, "the task was cancelled")
        case .closed: PostgresError(.closed, "the connection was closed")
        case .finished, .lost:
            PostgresError(.connectionLost, "the connection to PostgreSQL was lost: \(scrubbed(link.message))")
        }
    }

    func scrubbed(_ message: String) -> String {
        Scrubbing.withoutPassword(message, configuration.password?.reveal())
    }

    /// Runs a script by the simple protocol and returns the command tags.
    func runSimple(
        _ sql: String,
        on link: Link,
        until deadline: ContinuousClock.Instant,
        commits: Bool
    ) async throws(PostgresError) -> [String] {
        guard !sql.utf8.contains(0) else { throw PostgresError(.badSQL, "the script holds a NUL") }
        counters.count(statements: 1, bytes: 0)
        // Pipeline mode knows only the extended protocol.
        guard PQexitPipelineMode(link.raw) == 1, PQsendQuery(link.raw, sql) == 1 else {
            let error = reason(.lost, link)
            drop(link)
            throw error
        }
        var script = ScriptAnswer()
        waitingOn = link
        defer { waitingOn = nil }
        var ending = Ending.finished
        receiving: while true {
            let interest: IOThread.Interest
            switch script.advance(link) {
            case .finished: break receiving
            case .lost:
                ending = .lost
                break receiving
            case .needsInput: interest = .readable
            case .needsInputOrOutput: interest = .readableOrWritable
            }
            switch await thread.wait(for: interest, on: link.socket, until: deadline, endsOnCancellation: !commits) {
            case .ready: continue
            case .timedOut: ending = .timedOut
            case .interrupted: ending = isCut || !Task.isCancelled ? .closed : .cancelled
            }
            break
        }
        if ending != .finished || PQenterPipelineMode(link.raw) == 0 {
            let reason = reason(ending, link)
            drop(link)
            if let failure = script.failure { throw failure }
            throw commits
                ? PostgresError(.outcomeUnknown, "the script's answer did not arrive: \(reason.message)") : reason
        }
        if let failure = script.failure { try leave(failure) }
        return script.tags
    }

    // MARK: Endings

    /// Checks that the transaction of `exchange` was committed; rolls it back when it was not.
    func settle(_ exchange: Exchange, on link: Link) async throws(PostgresError) {
        if let failure = exchange.failure {
            await rollBack(link)
            try leave(failure)
        }
        guard exchange.commitTag == "COMMIT" else {
            await rollBack(link)
            throw PostgresError(.rolledBack, "COMMIT was answered with \(exchange.commitTag ?? "nothing")")
        }
    }

    /// A statement must not leave a transaction open behind it.
    func endStrayTransaction(on link: Link) async throws(PostgresError) {
        guard self.link === link, link.transaction != PQTRANS_IDLE else { return }
        await rollBack(link)
        throw PostgresError(.badSQL, "BEGIN as a statement: use transaction(_:) instead")
    }

    /// Ends a transaction if one is open. Whatever happens, none is open afterwards.
    func rollBack(_ link: Link) async {
        guard self.link === link, link.transaction != PQTRANS_IDLE else { return }
        do {
            let step = try Exchange.Step(TransactionControl.rollback, [], .control)
            var exchange = Exchange([step], commit: .never, ignoresCancellation: true)
            try await run(&exchange, on: link, until: .now + .seconds(5))
        } catch {
            // The session is gone, and with it the transaction.
        }
        if link.transaction != PQTRANS_IDLE { drop(link) }
    }

    /// Throws `failure`, and leaves a server that has become a standby, so that the next session may find
    /// the one that writes.
    func leave(_ failure: PostgresError) throws(PostgresError) -> Never {
        if failure.code == .readOnly { disconnect() }
        throw failure
    }

    /// Ends the session unless another one has taken its place.
    func drop(_ link: Link) {
        if self.link === link { disconnect() }
    }

    func disconnect() {
        guard let link else { return }
        if link.socket >= 0 { thread.interrupt(link.socket) }
        self.link = nil
    }
}

/// The answer to a script: one result per statement, of which only tags and the failure are kept.
private struct ScriptAnswer {
    private(set) var tags: [String] = []
    private(set) var failure: PostgresError?

    mutating func advance(_ link: Link) -> Exchange.Progress {
        let unsent = PQflush(link.raw)
        let hasEnded = PQconsumeInput(link.raw) == 0 || unsent < 0
        while true {
            if PQisBusy(link.raw) == 1 {
                return hasEnded || !link.isIntact ? .lost : unsent == 1 ? .needsInputOrOutput : .needsInput
            }
            guard let raw = PQgetResult(link.raw) else { return link.isIntact ? .finished : .lost }
            let result = QueryResult(raw)
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                tags.append(result.commandTag)
            case PGRES_FATAL_ERROR:
                guard let error = PostgresError(result) else { return .lost }
                if failure == nil { failure = error }
            default:
                // COPY wants data that nobody has.
                failure = PostgresError(.badSQL, "a script cannot COPY from or to the client")
                return .lost
            }
        }
    }
}

extension PostgresError {
    init(waitingFor what: String, _ refusal: WaitingLine<Void>.Refusal) {
        switch refusal {
        case .timedOut: self.init(.timedOut, "no turn on \(what) before the deadline")
        case .cancelled: self.init(.taskCancelled, "the task was cancelled")
        case .tooManyWaiting: self.init(.poolExhausted, "too many callers wait for \(what)")
        case .closed: self.init(.closed, "\(what) was closed")
        }
    }
}
