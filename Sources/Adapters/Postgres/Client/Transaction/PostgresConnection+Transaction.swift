internal import CPostgres

extension PostgresConnection {
    /// Runs `body` as one transaction: COMMIT when it returns, ROLLBACK when it throws.
    ///
    /// Nothing is sent before its first statement. Use only the handle inside: this connection itself is
    /// taken until the end, and waiting for it from inside ends at the deadline.
    /// - Parameter deadline: for all of it; when nil, each statement has the default deadline, and the
    ///   server ends a transaction that lies idle for longer than `idleInTransactionTimeout`.
    /// - Throws: what `body` throws; else ``PostgresError``: `rolledBack` when `body` kept a failure to
    ///   itself, `outcomeUnknown` when the answer to COMMIT did not arrive.
    @discardableResult
    public func transaction<Result: Sendable>(
        isolation level: PostgresIsolation = .readCommitted,
        deadline: Duration? = nil,
        _ body: sending nonisolated(nonsending) (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let limit = deadline.map { ContinuousClock.now + $0 }
        try await takeTurn(until: limit ?? .now + configuration.defaultDeadline)
        defer { turns.giveBack(()) }
        lastTransactionID += 1
        let id = lastTransactionID
        open = OpenTransaction(id: id, isolation: level, deadline: limit)
        defer { open = nil }
        let result: Result
        do {
            result = try await body(PostgresTransaction(connection: self, id: id))
        } catch {
            await abandon(id)
            throw error
        }
        do {
            try await commit(id)
        } catch {
            await abandon(id)
            throw error
        }
        return result
    }

    /// Statements of the open transaction, with whatever is pending before them.
    func execute(
        _ batch: [(PostgresStatement, [PostgresParameter])],
        in id: UInt64,
        _ deadline: Duration?,
        andCommit: Bool = false
    ) async throws(PostgresError) -> [PostgresRows] {
        var steps: [Exchange.Step] = []
        for (index, (statement, parameters)) in batch.enumerated() {
            steps.append(try Exchange.Step(statement, parameters, .statement(index)))
        }
        let limit = try limit(deadline, in: id)
        try await takeStatementTurn(until: limit)
        defer { statementTurns.giveBack(()) }
        if andCommit { steps.append(try Exchange.Step(TransactionControl.commit, [], .commit)) }
        if steps.isEmpty { return [] }
        return try await send(steps, in: id, until: limit, commits: andCommit).rows
    }

    func runScript(_ sql: String, in id: UInt64, _ deadline: Duration?) async throws(PostgresError) {
        let limit = try limit(deadline, in: id)
        try await takeStatementTurn(until: limit)
        defer { statementTurns.giveBack(()) }
        _ = try await send([], in: id, until: limit, commits: false)
        guard let link else { throw ended(id) }
        let tags: [String]
        do {
            tags = try await runSimple(sql, on: link, until: limit, commits: false)
        } catch {
            note(error, in: id)
            throw error
        }
        guard link.transaction == PQTRANS_INTRANS, !tags.contains(where: TransactionControl.endsTransaction) else {
            drop(link)
            let error = PostgresError(.badSQL, "a script inside of a transaction must not end it")
            note(error, in: id)
            throw error
        }
    }

    // MARK: Savepoints

    func openSavepoint(in id: UInt64) throws(PostgresError) -> Int {
        try checkOpen(id)
        return open!.pushSavepoint()
    }

    func releaseSavepoint(_ depth: Int, in id: UInt64) throws(PostgresError) {
        try checkOpen(id)
        let failure = open!.failure
        open!.popSavepoint(depth, undoing: failure != nil)
        if let failure {
            throw PostgresError(.rolledBack, "the savepoint was undone, as a statement had failed: \(failure.message)")
        }
    }

    func rollBack(toSavepoint depth: Int, in id: UInt64) {
        guard open?.id == id else { return }
        open?.popSavepoint(depth, undoing: true)
    }

    // MARK: Ends

    private func commit(_ id: UInt64) async throws(PostgresError) {
        try await takeStatementTurn(until: .now + configuration.defaultDeadline)
        defer { statementTurns.giveBack(()) }
        guard let transaction = open, transaction.id == id else { throw ended(id) }
        switch transaction.phase {
        case .fresh, .committed: return
        case .ended(let error): throw error
        case .begun: break
        }
        let limit = transaction.deadline ?? .now + configuration.defaultDeadline
        let step = try Exchange.Step(TransactionControl.commit, [], .commit)
        _ = try await send([step], in: id, until: limit, commits: true)
    }

    private func abandon(_ id: UInt64) async {
        do {
            try await takeStatementTurn(until: .now + configuration.defaultDeadline)
        } catch {
            // A statement that somebody left running still holds the turn, or the task was cancelled.
            disconnect()
            return
        }
        defer { statementTurns.giveBack(()) }
        if let link { await rollBack(link) }
    }

    // MARK: Round trips

    /// Sends what is pending and `steps`, and keeps account of the transaction's phase.
    private func send(
        _ steps: [Exchange.Step],
        in id: UInt64,
        until deadline: ContinuousClock.Instant,
        commits: Bool
    ) async throws(PostgresError) -> Exchange {
        try checkOpen(id)
        var all: [Exchange.Step] = []
        for control in open!.pending { all.append(try Exchange.Step(control, [], .control)) }
        all += steps
        var exchange = Exchange(all, commit: commits ? .explicit : .never, ignoresCancellation: commits)
        if all.isEmpty { return exchange }
        if case .fresh = open!.phase {
            _ = try await ensureLink(until: deadline)
            try checkOpen(id)
        }
        guard let link else { throw ended(id) }
        // A session that ended between two statements has not committed: it must not look as if it might.
        if link.wasLostWhileIdle() {
            drop(link)
            let error = PostgresError(.connectionLost, "the session ended in the middle of the transaction")
            note(error, in: id)
            throw error
        }
        // Before anything counts as sent: what is pending may be the undoing of a savepoint.
        if !commits { try checkCancellation() }
        do {
            update(id) { $0.markSent() }
            try await run(&exchange, on: link, until: deadline)
            if commits {
                try await settle(exchange, on: link)
                update(id) { $0.phase = .committed }
            } else if let failure = exchange.failure {
                try leave(failure)
            }
        } catch {
            note(error, in: id)
            throw error
        }
        return exchange
    }

    /// Remembers what became of the transaction by a failure.
    private func note(_ error: PostgresError, in id: UInt64) {
        switch link?.transaction {
        case PQTRANS_INTRANS: break
        case PQTRANS_INERROR: update(id) { $0.failure = $0.failure ?? error }
        default: update(id) { $0.phase = .ended(error) }
        }
    }

    /// Does nothing when that transaction is no longer the open one: somebody kept its handle.
    private func update(_ id: UInt64, _ change: (inout OpenTransaction) -> Void) {
        guard open?.id == id else { return }
        change(&open!)
    }

    private func checkOpen(_ id: UInt64) throws(PostgresError) {
        guard let transaction = open, transaction.id == id else {
            throw PostgresError(.closed, "the transaction has ended")
        }
        switch transaction.phase {
        case .fresh, .begun: break
        case .committed: throw PostgresError(.closed, "the transaction was committed")
        case .ended(let error): throw error
        }
    }

    private func ended(_ id: UInt64) -> PostgresError {
        if let open, open.id == id, case .ended(let error) = open.phase { return error }
        return PostgresError(.connectionLost, "the transaction's session is gone")
    }

    private func limit(_ deadline: Duration?, in id: UInt64) throws(PostgresError) -> ContinuousClock.Instant {
        try checkOpen(id)
        let limit = ContinuousClock.now + (deadline ?? configuration.defaultDeadline)
        return open!.deadline.map { min($0, limit) } ?? limit
    }

    private func takeStatementTurn(until deadline: ContinuousClock.Instant) async throws(PostgresError) {
        do {
            try await statementTurns.take(until: deadline)
        } catch {
            throw PostgresError(waitingFor: "the transaction", error)
        }
    }
}
