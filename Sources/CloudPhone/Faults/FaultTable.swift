internal import Logging
internal import Postgres

/// The table `fault_switches` of one database: which faults are to strike, whom, and how often.
///
/// Each strike is counted in a transaction of its own on a connection of its own, before it happens: so
/// it stays counted when the command is rolled back or the process dies of it.
struct FaultTable: Sendable {
    /// Not the handlers' pool: their connections may all be waiting for this one.
    let pool: PostgresPool
    let logger: Logger

    enum Kind: String {
        case fail, reject, delay
        case crashBeforeCommit = "crash-before-commit"
        case dropReply = "drop-reply"
        case delayAfterCommit = "delay-after-commit"
        case crashAfterCommit = "crash-after-commit"
    }

    struct Fault {
        let kind: Kind
        let delay: Duration
        let code: String
    }

    private static let strike = PostgresStatement(
        """
        UPDATE fault_switches SET remaining = remaining - 1
        WHERE id = (
            SELECT id FROM fault_switches
            WHERE service = $1 AND action IN ($2, '*') AND kind = ANY ($3) AND (remaining > 0 OR remaining IS NULL)
              AND CASE WHEN direction IS NULL THEN $4 <> 'probe' ELSE direction = $4 END
              AND (only_for IS NULL OR only_for = ANY ($5))
            ORDER BY id LIMIT 1 FOR UPDATE)
        RETURNING kind, delay_ms, code
        """, name: "fault_strike")

    /// The first fault that is set for this, counted as having struck.
    ///
    /// - Parameter marks: what a fault can be meant for: a saga's id, texts of the input.
    func strike(
        _ kinds: [Kind], service: String, action: String, direction: String, marks: [String]
    ) async -> Fault? {
        do {
            let rows = try await pool.execute(
                Self.strike,
                [
                    .text(service), .text(action), .texts(kinds.map(\.rawValue)), .text(direction), .texts(marks),
                ])
            guard let row = rows.first, let kind = Kind(rawValue: try row.text(0)) else { return nil }
            logger.notice(
                "a fault strikes", metadata: ["fault": "\(kind.rawValue)", "action": "\(service).\(action)"])
            return Fault(kind: kind, delay: .milliseconds(try row.int32(1)), code: try row.text(2))
        } catch {
            logger.warning("the fault switches could not be read", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
