internal import Glibc
internal import Logging
internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Lets faults strike where the table `fault_switches` says so, around the real handlers.
///
/// Each strike is counted in a transaction of its own on a connection of its own, before it happens: so
/// it stays counted when the command is rolled back or the process dies of it.
struct FaultSwitches: ActionInterceptor {
    let service: String
    /// Not the handlers' pool: their connections may all be waiting for this one.
    let pool: PostgresPool
    let logger: Logger

    private enum Kind: String {
        case fail, reject, delay
        case crashBeforeCommit = "crash-before-commit"
        case dropReply = "drop-reply"
        case delayAfterCommit = "delay-after-commit"
        case crashAfterCommit = "crash-after-commit"
    }

    private struct Fault {
        let kind: Kind
        let delay: Duration
        let code: String
    }

    private static let strike = PostgresStatement(
        """
        UPDATE fault_switches SET remaining = remaining - 1
        WHERE id = (
            SELECT id FROM fault_switches
            WHERE service = $1 AND action IN ($2, '*') AND kind = ANY ($3) AND remaining > 0
              AND CASE WHEN direction IS NULL THEN $4 <> 'probe' ELSE direction = $4 END
              AND (only_for IS NULL OR only_for = ANY ($5))
            ORDER BY id LIMIT 1 FOR UPDATE)
        RETURNING kind, delay_ms, code
        """, name: "fault_strike")

    private func fault(among kinds: [Kind], _ command: CommandDescription) async -> Fault? {
        var marks = ["\(command.id.saga)"]
        for member in command.input.objectValue ?? [:] {
            if let text = member.value.stringValue { marks.append(text) }
        }
        do {
            let rows = try await pool.execute(
                Self.strike,
                [
                    .text(service), .text(command.action), .texts(kinds.map(\.rawValue)),
                    .text(command.id.direction.rawValue), .texts(marks),
                ])
            guard let row = rows.first, let kind = Kind(rawValue: try row.text(0)) else { return nil }
            logger.notice("a fault strikes", metadata: ["fault": "\(kind.rawValue)", "command": "\(command.id)"])
            return Fault(kind: kind, delay: .milliseconds(try row.int32(1)), code: try row.text(2))
        } catch {
            logger.warning("the fault switches could not be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func intercept(_ command: CommandDescription, handler: @Sendable () async throws -> Void) async throws {
        let fault = await fault(among: [.fail, .reject, .delay, .crashBeforeCommit], command)
        switch fault?.kind {
        case .fail: throw TemporaryFailure(fault?.code ?? "", "a fault was switched on for \(command.action)")
        case .reject: throw Rejection(fault?.code ?? "", "a fault was switched on for \(command.action)")
        case .delay, .crashBeforeCommit, .dropReply, .delayAfterCommit, .crashAfterCommit, nil: break
        }
        try await handler()
        // As late as possible: the business change is made, and not committed.
        if fault?.kind == .delay, let delay = fault?.delay { try await Task.sleep(for: delay) }
        if fault?.kind == .crashBeforeCommit { crash() }
    }

    func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision {
        let fault = await fault(among: [.dropReply, .delayAfterCommit, .crashAfterCommit], command)
        switch fault?.kind {
        case .dropReply: return .drop
        case .delayAfterCommit: try? await Task.sleep(for: fault?.delay ?? .zero)
        case .crashAfterCommit: crash()
        case .fail, .reject, .delay, .crashBeforeCommit, nil: break
        }
        return .send
    }

    /// As abrupt as it gets: nothing is flushed, closed or told.
    private func crash() -> Never {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
