internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// The company that runs the machines: slow, sometimes away, and its answers can get lost on the way.
///
/// It keeps books of its own, so what it did stays done when our transaction is rolled back. They stand in tables of
/// our database, reached by connections that no handler uses. Every request carries a key; the same key again is the
/// same request, and gives the same machine.
///
/// Faults of the service `device-provider`, actions `device`, `snapshot`, `restore` and `delete`: `reject` refuses
/// what has not been begun, `fail` is a provider that is away, `delay` lets it take longer, and `drop-reply` carries
/// the request out and loses the answer. To look is not to ask, and never fails.
struct DeviceProvider: Sendable {
    let pool: PostgresPool
    let faults: FaultTable?
    /// How long it takes to make a machine or a snapshot.
    let delay: Duration

    /// What can be asked for; the name is the action by which faults are set.
    enum Kind: String, Sendable {
        case device, snapshot, restore
    }

    struct Request: Sendable {
        let kind: Kind
        let deviceID: UUID
        let key: String
        /// What faults can be meant for.
        let marks: [String]

        /// A request on behalf of a step: the same for every attempt, for its undo and for its probe.
        ///
        /// - Parameter purpose: tells a further request of the same step from the first.
        init(
            _ kind: Kind, device: UUID, marks: [String] = [], purpose: String? = nil, _ context: ActionContext
        ) {
            self.kind = kind
            deviceID = device
            key = "\(context.sagaID).\(context.step).\(context.iteration)" + (purpose.map { ".\($0)" } ?? "")
            self.marks = ["\(context.sagaID)", "\(device)"] + marks
        }
    }

    /// What the provider has made, or is making.
    struct Object: Sendable {
        let externalID: String
        let isReady: Bool
        let sizeBytes: Int64
    }

    private static let object = "external_id, ready_at <= now(), size_bytes"

    private static let begin = PostgresStatement(
        """
        INSERT INTO provider_objects AS o (key, kind, device_id, external_id, size_bytes, ready_at)
        VALUES ($1, $2, $3, $2 || '-' || replace(gen_random_uuid()::text, '-', ''),
                CASE $2 WHEN 'snapshot' THEN 1073741824 ELSE 0 END, now() + $4 * interval '1 millisecond')
        ON CONFLICT (key) DO UPDATE SET key = o.key
        RETURNING \(object), deleted_at IS NULL
        """)
    private static let find = PostgresStatement(
        "SELECT \(object) FROM provider_objects WHERE key = $1 AND deleted_at IS NULL")

    private func fault(_ kinds: [FaultTable.Kind], _ action: String, _ marks: [String]) async -> FaultTable.Fault? {
        await faults?.strike(kinds, service: "device-provider", action: action, direction: "do", marks: marks)
    }

    /// Asks for something, or for what became of it.
    ///
    /// - Throws: `Rejection` if the provider does not want to, or not any more; `TemporaryFailure` if it is away, so that
    ///   it has not heard of it; `OutcomeUnknown` if its answer is lost: then asking again with the same key tells.
    func begin(_ request: Request) async throws -> Object {
        let fault = await fault([.fail, .reject, .delay, .dropReply], request.kind.rawValue, request.marks)
        if fault?.kind == .fail { throw TemporaryFailure("provider-away", "The device provider does not answer") }
        if fault?.kind == .reject {
            // Too late to refuse what it has begun already.
            if let object = try await find(request.key) { return object }
            throw Rejection("provider-refused", "The device provider refuses the \(request.kind.rawValue)")
        }
        let wait = (delay + (fault?.delay ?? .zero)).wholeMicroseconds / 1000
        let row = try await pool.execute(
            Self.begin,
            [.text(request.key), .text(request.kind.rawValue), .uuid(request.deviceID), .int64(wait)]
        ).only
        if fault?.kind == .dropReply { throw Self.answerLost }
        guard try row.bool(3) else {
            throw Rejection("request-withdrawn", "The \(request.kind.rawValue) was taken back")
        }
        return try Object(row)
    }

    /// What was made under a key; nil if nothing was, or if it has been deleted.
    func find(_ key: String) async throws -> Object? {
        try await pool.execute(Self.find, [.text(key)]).first.map(Object.init)
    }

    private static let prevent = PostgresStatement(
        """
        INSERT INTO provider_objects AS o (key, kind, device_id, external_id, size_bytes, ready_at, deleted_at)
        VALUES ($1, $2, $3, 'never-' || replace(gen_random_uuid()::text, '-', ''), 0, now(), now())
        ON CONFLICT (key) DO UPDATE SET key = o.key
        RETURNING \(object), deleted_at IS NULL
        """)

    /// Looks for what became of a request that is to be taken back. If the provider has not heard of it, it never will:
    /// one that is still on its way is refused when it comes.
    ///
    /// - Returns: what has been made under the key, and whether it is there.
    func prevent(_ request: Request) async throws -> (object: Object, isThere: Bool) {
        let row = try await pool.execute(
            Self.prevent, [.text(request.key), .text(request.kind.rawValue), .uuid(request.deviceID)]
        ).only
        return (try Object(row), try row.bool(3))
    }

    private static let delete = PostgresStatement(
        "UPDATE provider_objects SET deleted_at = coalesce(deleted_at, now()) WHERE external_id = $1")
    private static let isAlive = PostgresStatement(
        "SELECT EXISTS (SELECT FROM provider_objects WHERE external_id = $1 AND deleted_at IS NULL)")

    /// Deletes; what is deleted or was never there is no error, since the answer to an earlier request may be lost.
    func delete(_ externalID: String, marks: [String]) async throws {
        let fault = await fault([.fail, .reject, .delay, .dropReply], "delete", [externalID] + marks)
        if fault?.kind == .fail { throw TemporaryFailure("provider-away", "The device provider does not answer") }
        if fault?.kind == .reject {
            // An attempt whose answer was lost may have deleted it: then a refusal would have the device started again.
            guard try await isAlive(externalID) else { return }
            throw Rejection("provider-refused", "The device provider refuses to delete \(externalID)")
        }
        if fault?.kind == .delay, let delay = fault?.delay { try await Task.sleep(for: delay) }
        _ = try await pool.execute(Self.delete, [.text(externalID)])
        if fault?.kind == .dropReply { throw Self.answerLost }
    }

    func isAlive(_ externalID: String) async throws -> Bool {
        try await pool.execute(Self.isAlive, [.text(externalID)]).only.bool(0)
    }

    private static let answerLost = OutcomeUnknown("provider-answer-lost", "The device provider's answer was lost")
}

extension DeviceProvider.Object {
    fileprivate init(_ row: PostgresRow) throws {
        externalID = try row.text(0)
        isReady = try row.bool(1)
        sizeBytes = try row.int64(2)
    }
}

extension DeviceProvider {
    private static let stillHere = PostgresStatement("SELECT 1", name: "still_here")

    /// Asks for something and waits until it is ready, saying now and then that it takes its time; but not after the
    /// saga's deadline, when nobody wants it any more.
    nonisolated(nonsending) func make(_ request: Request, _ context: ActionContext) async throws -> Object {
        var object = try await begin(request)
        var pause = Duration.milliseconds(50)
        while !object.isReady {
            if context.commandID.direction == .do, let deadline = context.deadline, Timestamp.now() > deadline {
                throw OutcomeUnknown("provider-slow", "The \(request.kind.rawValue) was not ready at the deadline")
            }
            context.working("the provider is making the \(request.kind.rawValue)")
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
            // PostgreSQL ends a transaction that nothing is heard of.
            _ = try await context.transaction.execute(Self.stillHere)
            guard let found = try await find(request.key) else {
                throw TemporaryFailure("provider-lost-it", "The provider does not know its request any more")
            }
            object = found
        }
        return object
    }

    /// What a probe answers with: nil if the provider has not begun.
    ///
    /// - Throws: ``TemporaryFailure`` while it is still being made: the probe is to come again.
    func made(_ request: Request) async throws -> Object? {
        guard let object = try await find(request.key) else { return nil }
        guard object.isReady else {
            throw TemporaryFailure("provider-busy", "The provider is making the \(request.kind.rawValue)")
        }
        return object
    }
}
