internal import Postgres
internal import SagaValues
internal import SagaWire

/// The record of what this database was asked and what it answered.
///
/// Written in the transaction of the business change, so that each is there exactly when the other is.
/// The primary key makes two workers with one command take turns: the second waits at its claim until
/// the first has committed or rolled back.
///
/// Its functions, like the handlers, stay on the thread of the connection: no statement costs a hop.
struct Barrier {
    let transaction: PostgresTransaction
    let id: CommandID
    let round: Int32
    let action: String

    init(_ command: ReceivedCommand, _ transaction: PostgresTransaction) {
        self.transaction = transaction
        self.id = command.message.id
        self.round = Int32(clamping: command.message.round)
        self.action = command.message.action
    }

    private var key: [PostgresParameter] { [.uuid(id.saga), .text(id.step), .int32(id.iteration)] }

    // MARK: Memory

    private static let known = PostgresStatement(
        """
        SELECT FROM saga_barrier
        WHERE saga_id = $1 AND step = $2 AND iteration = $3 AND (direction = 'do' OR $4) LIMIT 1
        """, name: "barrier_known")

    /// Sees to it that a missing row means that nothing happened, and not that its record has been removed.
    ///
    /// A row is never older than its saga, whose id tells when it began; so this asks only about sagas that are older
    /// than the retention. To guess there would be to charge twice, or to call an undo done that never ran.
    /// - Throws: ``TemporaryFailure``, so that in the end a person is asked.
    nonisolated(nonsending) func requireMemory(of retention: Duration, now: Timestamp = .now()) async throws {
        // Clocks of several machines are part of it.
        let certain = retention - min(retention / 10, .seconds(3_600))
        guard let began = id.saga.timestamp, now - began > certain else { return }
        let found = try await transaction.execute(Self.known, key + [.bool(id.direction == .undo)])
        guard found.first == nil else { return }
        throw Self.forgotten(id)
    }

    static func forgotten(_ id: CommandID) -> TemporaryFailure {
        TemporaryFailure(
            KitCode.barrierExpired,
            "the record of \(id.step) is not here any more, so what was done is not known: a person must look")
    }

    // MARK: Do

    /// What a *do* finds when it wants to begin.
    enum DoClaim: Sendable {
        /// It is the first: run the handler, then ``record(_:events:source:)``.
        case granted
        /// It was answered before, or must not happen any more: this is the answer.
        case answered(ReplyMessage.Outcome)
    }

    /// A refusal holds for its round only: when a person has mended the cause and asks again, which makes
    /// a new round, the step may be tried again. Duplicates of the old round never get that far.
    private static let claim = PostgresStatement(
        """
        INSERT INTO saga_barrier AS b (saga_id, step, iteration, direction, outcome, round, action)
        VALUES ($1, $2, $3, 'do', $4, $5, $6)
        ON CONFLICT (saga_id, step, iteration, direction) DO UPDATE
            SET outcome = excluded.outcome, round = excluded.round, action = excluded.action, reply = NULL, at = now()
            WHERE b.outcome = 'rejected' AND b.round < excluded.round
        """, name: "barrier_claim_do")

    private static let find = PostgresStatement(
        """
        SELECT outcome, reply FROM saga_barrier
        WHERE saga_id = $1 AND step = $2 AND iteration = $3 AND direction = $4
        """, name: "barrier_find")

    nonisolated(nonsending) func claimDo() async throws -> DoClaim {
        let claimed = try await transaction.execute(
            Self.claim, key + [.text("open"), .int32(round), .text(action)])
        if claimed.affected == 1 { return .granted }
        guard let answer = try await storedDo() else {
            // The row that stood in the way is gone: cleaned just now. The whole transaction comes again.
            throw TemporaryFailure(KitCode.databaseUnavailable, "the barrier changed while it was read")
        }
        return .answered(answer)
    }

    /// The answer to a *do* that was claimed before; nil if it never was.
    nonisolated(nonsending) func storedDo() async throws -> ReplyMessage.Outcome? {
        guard let row = try await transaction.execute(Self.find, key + [.text("do")]).first else { return nil }
        return try outcome(try row.text(0), try row.optionalText(1))
    }

    private func outcome(_ kind: String, _ reply: String?) throws -> ReplyMessage.Outcome {
        switch (kind, reply) {
        case ("done", let reply?): return .done(try Payload(parsing: Array(reply.utf8)))
        case ("rejected", let reply?): return .rejected(try ReplyError(try JSON(parsing: reply)))
        case ("tombstone", _):
            return .rejected(
                ReplyError(code: KitCode.compensated, message: "the step was undone and must not be done any more"))
        default:
            throw ParticipantError(.unexpectedResult, "the barrier of \(id) holds the outcome \"\(kind)\"")
        }
    }

    // MARK: Undo

    /// What an *undo* finds when it wants to begin.
    enum UndoClaim: Sendable {
        /// The step was done and gave this output: reverse it.
        case granted(output: JSON)
        /// There is no record of anything to reverse: the step was never done and now never will be, or it was refused.
        case nothingDone
        /// It was undone before.
        case undone
    }

    /// One statement for both rows: a *do* that comes between them finds either none or both.
    private static let claimUndo = PostgresStatement(
        """
        WITH tombstone AS (
            INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action)
            VALUES ($1, $2, $3, 'do', 'tombstone', $4, $5) ON CONFLICT DO NOTHING RETURNING 1
        ), claimed AS (
            INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action)
            VALUES ($1, $2, $3, 'undo', 'open', $4, $5) ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT EXISTS (SELECT FROM tombstone), EXISTS (SELECT FROM claimed)
        """, name: "barrier_claim_undo", isReadOnly: false)

    /// A refused *do* that is undone will not be tried again in a later round either.
    private static let bury = PostgresStatement(
        """
        UPDATE saga_barrier SET outcome = 'tombstone'
        WHERE saga_id = $1 AND step = $2 AND iteration = $3 AND direction = 'do' AND outcome = 'rejected'
        """, name: "barrier_bury")

    nonisolated(nonsending) func claimUndo() async throws -> UndoClaim {
        let row = try await transaction.execute(Self.claimUndo, key + [.int32(round), .text(action)]).only
        let isNew = try row.bool(1)
        guard isNew else { return .undone }
        if try row.bool(0) { return .nothingDone }
        switch try await storedDo() {
        case .done(let output): return .granted(output: output.json)
        case .rejected:
            _ = try await transaction.execute(Self.bury, key)
            return .nothingDone
        case .retry, .unknown, .working, nil:
            throw TemporaryFailure(KitCode.databaseUnavailable, "the barrier changed while it was read")
        }
    }

    // MARK: Recording

    private static let settle = PostgresStatement(
        """
        UPDATE saga_barrier SET outcome = 'done', reply = $5
        WHERE saga_id = $1 AND step = $2 AND iteration = $3 AND direction = $4
        """, name: "barrier_settle")

    private static let settleAndEmit = PostgresStatement(
        """
        WITH settled AS (
            UPDATE saga_barrier SET outcome = 'done', reply = $5
            WHERE saga_id = $1 AND step = $2 AND iteration = $3 AND direction = $4
        )
        \(Outbox.insertion(firstParameter: 6))
        """, name: "barrier_settle_emit")

    /// Writes the answer to what was claimed, and the events beside it, and commits: one round trip.
    nonisolated(nonsending) func settle(_ output: Payload, events: [DomainEvent], source: String) async throws {
        let reply = PostgresParameter.text(String(decoding: output.bytes, as: UTF8.self))
        let claimed = key + [.text(id.direction == .undo ? "undo" : "do"), reply]
        let statement =
            events.isEmpty
            ? (Self.settle, claimed) : (Self.settleAndEmit, claimed + Outbox.parameters(events, source: source))
        try await transaction.commit(after: [statement])
    }

    private static let recordRefusal = PostgresStatement(
        """
        INSERT INTO saga_barrier AS b (saga_id, step, iteration, direction, outcome, round, action, reply)
        VALUES ($1, $2, $3, 'do', 'rejected', $4, $5, $6)
        ON CONFLICT (saga_id, step, iteration, direction) DO UPDATE
            SET round = excluded.round, action = excluded.action, reply = excluded.reply, at = now()
            WHERE b.outcome = 'rejected' AND b.round < excluded.round
        """, name: "barrier_refuse")

    /// Keeps a refusal, in a transaction after the one whose business change it rolled back. If another
    /// worker has settled the command in between, its answer counts, and this one was never given.
    nonisolated(nonsending) func record(_ refusal: ReplyError) async throws -> ReplyMessage.Outcome {
        let recorded = try await transaction.execute(
            Self.recordRefusal, key + [.int32(round), .text(action), .text(refusal.json.text)])
        guard recorded.affected == 0 else { return .rejected(refusal) }
        return try await storedDo() ?? .rejected(refusal)
    }

    private static let recordFound = PostgresStatement(
        """
        INSERT INTO saga_barrier (saga_id, step, iteration, direction, outcome, round, action, reply)
        VALUES ($1, $2, $3, 'do', 'done', $4, $5, $6) ON CONFLICT DO NOTHING
        """, name: "barrier_found")

    /// Keeps what a probe handler found to be done, so that an undo will reverse it.
    nonisolated(nonsending) func recordFound(_ output: Payload) async throws -> ReplyMessage.Outcome {
        let reply = PostgresParameter.text(String(decoding: output.bytes, as: UTF8.self))
        let recorded = try await transaction.execute(
            Self.recordFound, key + [.int32(round), .text(action), reply])
        guard recorded.affected == 0 else { return .done(output) }
        return try await storedDo() ?? .done(output)
    }
}
