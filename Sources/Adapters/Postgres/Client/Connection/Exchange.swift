internal import CPostgres

/// One round trip: statements sent together, and their answers gathered.
///
/// The protocol only: it never waits. Its owner waits for the socket and calls ``advance(_:)`` again.
/// All statements go to one synchronisation point: when one fails, the server skips those after it.
struct Exchange {
    enum Role: Equatable {
        /// BEGIN, SAVEPOINT and the like: gives no rows.
        case control
        /// The n-th statement of the caller.
        case statement(Int)
        case commit
    }

    struct Step {
        let statement: PostgresStatement
        let parameters: EncodedParameters
        let role: Role

        init(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = [], _ role: Role) throws(PostgresError)
        {
            self.statement = statement
            self.parameters = try EncodedParameters(parameters)
            self.role = role
        }
    }

    enum Progress: Equatable {
        case needsInput, needsInputOrOutput, finished, lost
    }

    /// When the work becomes durable.
    enum Commit {
        /// Not by this exchange, which runs inside a transaction, or only reads.
        case never
        /// With the answer to COMMIT.
        case explicit
        /// With the synchronisation point, as there is no transaction block.
        case implicit
    }

    private enum Expected {
        case preparation(PreparedStatements.Variant, of: String, Role)
        case execution(of: String, Role)
        case synchronisation
    }

    private let steps: [Step]
    private let commit: Commit
    /// For what must be done for a cancelled task, too: ending its transaction.
    let ignoresCancellation: Bool
    private var expected: [Expected] = []
    private var position = 0
    private var sawResult = false
    private var commitWasQueued = false
    private(set) var rows: [PostgresRows] = []
    /// The first failure.
    private(set) var failure: PostgresError?
    /// The answer to COMMIT.
    private(set) var commitTag: String?
    private(set) var isSynchronised = false

    init(_ steps: [Step], commit: Commit, ignoresCancellation: Bool = false) {
        self.steps = steps
        self.commit = commit
        self.ignoresCancellation = ignoresCancellation
    }

    var statementCount: Int { steps.count }
    var byteCount: Int { steps.reduce(0) { $0 + $1.parameters.bytes.count } }

    /// Whether the server has certainly committed.
    var hasCommitted: Bool {
        switch commit {
        case .never: false
        case .explicit: commitTag == "COMMIT"
        case .implicit: isSynchronised && failure == nil
        }
    }

    /// Whether a connection lost now leaves it open what the server did.
    var mayHaveCommitted: Bool {
        commitWasQueued && failure == nil
    }

    // MARK: Sending

    /// Hands everything to libpq and sends as much as the socket takes.
    mutating func start(_ link: Link) throws(PostgresError) -> Progress {
        var proposed: [String: [PreparedStatements.Variant]] = [:]
        for step in steps {
            let statement = step.statement
            let typeIDs = step.parameters.typeIDs
            var variant = link.prepared.variant(of: statement, typeIDs)
            variant = variant ?? proposed[statement.name]?.first { $0.fits(typeIDs) }
            if variant == nil {
                let new = try link.prepared.propose(statement, typeIDs)
                expected.append(.preparation(new, of: statement.name, step.role))
                proposed[statement.name, default: []].append(new)
                variant = new
                guard PQsendPrepare(link.raw, new.name, statement.sql, Int32(typeIDs.count), new.typeIDs) == 1 else {
                    return .lost
                }
            }
            expected.append(.execution(of: statement.name, step.role))
            if step.role == .commit { commitWasQueued = commit == .explicit }
            guard Self.send(variant!.name, step.parameters, link) else { return .lost }
        }
        expected.append(.synchronisation)
        if commit == .implicit { commitWasQueued = true }
        guard PQpipelineSync(link.raw) == 1 else { return .lost }
        return flush(link)
    }

    private static func send(_ name: String, _ parameters: EncodedParameters, _ link: Link) -> Bool {
        parameters.bytes.withUnsafeBytes { bytes in
            let base = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
            let values = parameters.ranges.map { $0.map { UnsafePointer(base + $0.lowerBound) } }
            let lengths = parameters.ranges.map { Int32($0?.count ?? 0) }
            return PQsendQueryPrepared(
                link.raw, name, Int32(values.count), values, lengths, parameters.formats, 1) == 1
        }
    }

    private func flush(_ link: Link) -> Progress {
        switch PQflush(link.raw) {
        case 0: .needsInput
        case 1: .needsInputOrOutput
        default: .lost
        }
    }

    // MARK: Receiving

    /// Goes on after the socket was ready.
    mutating func advance(_ link: Link) -> Progress {
        // What arrived before the connection was lost still counts: it is read to its end first.
        let hasEnded = PQconsumeInput(link.raw) == 0
        let waiting = hasEnded ? .lost : flush(link)
        while position < expected.count {
            if PQisBusy(link.raw) == 1 { return link.isIntact ? waiting : .lost }
            guard let raw = PQgetResult(link.raw) else {
                // The end of one command's results.
                guard sawResult else { return .lost }
                sawResult = false
                // A failure of the commit itself comes before the synchronisation point, not in its place.
                if case .synchronisation = expected[position] { continue }
                position += 1
                continue
            }
            guard take(QueryResult(raw), link) else { return .lost }
        }
        return .finished
    }

    /// False when the result says that the connection is lost, or fits nothing that was sent.
    private mutating func take(_ result: QueryResult, _ link: Link) -> Bool {
        let status = result.status
        switch (status, expected[position]) {
        case (PGRES_PIPELINE_SYNC, .synchronisation):
            isSynchronised = true
            position += 1
            return true
        case (PGRES_PIPELINE_ABORTED, _):
            sawResult = true
            return true
        case (PGRES_COMMAND_OK, .preparation(let variant, let name, _)):
            link.prepared.add(variant, to: name)
            sawResult = true
            return true
        case (PGRES_COMMAND_OK, .execution(_, let role)), (PGRES_TUPLES_OK, .execution(_, let role)):
            sawResult = true
            switch role {
            case .control: break
            case .statement: rows.append(PostgresRows(result))
            case .commit: commitTag = result.commandTag
            }
            return true
        case (PGRES_FATAL_ERROR, let expected):
            sawResult = true
            return fail(result, expected, link)
        case (_, let expected):
            sawResult = true
            let message =
                status == PGRES_EMPTY_QUERY ? "the statement is empty" : "the server's answer was not expected"
            let code = status == PGRES_EMPTY_QUERY ? PostgresError.Code.badSQL : .protocolViolation
            if failure == nil { failure = PostgresError(code, message, statementIndex: Self.index(expected)) }
            return status == PGRES_EMPTY_QUERY
        }
    }

    private mutating func fail(_ result: QueryResult, _ expected: Expected, _ link: Link) -> Bool {
        guard var error = PostgresError(result) else { return false }
        error.statementIndex = Self.index(expected)
        switch expected {
        case .preparation(_, let name, _), .execution(let name, _):
            if error.sqlState == "0A000" || error.sqlState == "26000" { link.prepared.forget(name) }
        case .synchronisation:
            break
        }
        // What befalls the session after COMMIT was answered does not undo it.
        if hasCommitted { return true }
        // An error is an answer. But a session that was ended while it committed has given none.
        if result.endsSession, commits(expected) {
            error = PostgresError(
                .outcomeUnknown, "the session ended during COMMIT: \(error.message)", sqlState: error.sqlState)
        }
        if failure == nil { failure = error }
        return true
    }

    private func commits(_ expected: Expected) -> Bool {
        switch (commit, expected) {
        case (.explicit, .execution(_, .commit)), (.implicit, .synchronisation): true
        case (.never, _), (.explicit, _), (.implicit, _): false
        }
    }

    private static func index(_ expected: Expected) -> Int? {
        switch expected {
        case .preparation(_, _, .statement(let index)), .execution(_, .statement(let index)): index
        case .preparation, .execution, .synchronisation: nil
        }
    }
}
