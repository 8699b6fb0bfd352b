public import SagaAPI
public import SagaValues

/// The API's operations, by their types.
extension Client {
    public func start(_ body: StartBody, key: String) async throws -> SagaDetail {
        try await send(
            .post, "/v1/sagas", headers: ["Idempotency-Key": key, "Content-Type": "application/json"],
            body: try JSONValueEncoder.encode(body).bytes)
    }

    public func saga(_ id: UUID) async throws -> SagaDetail {
        try await send(.get, "/v1/sagas/\(id)")
    }

    /// Asks again and again, each time with patience, until the saga has ended or the time is over.
    public func waitForEnd(of id: UUID, upTo limit: Duration) async throws -> SagaDetail {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = deadline - .now
            let seconds = max(0, min(20, left.components.seconds + 1))
            let detail: SagaDetail = try await send(
                .get, "/v1/sagas/\(id)", headers: ["Prefer": "wait=\(seconds)"], patience: .seconds(seconds + 10))
            if detail.saga.endedAt != nil || left <= .seconds(1) { return detail }
        }
    }

    public func history(_ id: UUID, after revision: Int) async throws -> HistoryPage {
        try await send(.get, "/v1/sagas/\(id)/history", query: [("after", "\(revision)")])
    }

    public func incidents(of saga: UUID?, all: Bool = false) async throws -> IncidentList {
        try await send(
            .get, "/v1/incidents",
            query: [("saga", saga?.description), ("state", all ? "all" : nil), ("limit", "500")])
    }

    public func retry(_ id: UUID, reason: String) async throws -> OperatorAnswer {
        try await ask(.retry, of: id, OperatorBody(reason: reason))
    }

    func ask(
        _ verb: OperatorBody.Verb, of id: UUID, _ body: OperatorBody, atRevision revision: Int? = nil
    ) async throws -> OperatorAnswer {
        var headers = ["Content-Type": "application/json"]
        if let revision { headers["If-Match"] = "\"\(revision)\"" }
        return try await send(
            .post, "/v1/sagas/\(id)/\(verb.rawValue)", headers: headers, body: try JSONValueEncoder.encode(body).bytes,
            isRehearsal: body.dryRun == true)
    }

    /// - Parameter key: what names the run; nil: it is run once more and no oftener.
    func rerun(_ id: UUID, _ body: RerunBody, key: String?) async throws -> RerunAnswer {
        var headers = ["Content-Type": "application/json"]
        if let key { headers["Idempotency-Key"] = key }
        return try await send(
            .post, "/v1/sagas/\(id)/rerun", headers: headers, body: try JSONValueEncoder.encode(body).bytes,
            isRehearsal: body.dryRun == true)
    }

    func signal(_ id: UUID, _ body: SignalBody, atRevision revision: Int? = nil) async throws -> OperatorAnswer {
        var headers = ["Content-Type": "application/json"]
        if let revision { headers["If-Match"] = "\"\(revision)\"" }
        return try await send(
            .post, "/v1/sagas/\(id)/signal", headers: headers, body: try JSONValueEncoder.encode(body).bytes,
            isRehearsal: body.dryRun == true)
    }

    /// Open sagas of all versions of a workflow, children too, newest first.
    public func openSagas(of workflow: String, after cursor: UUID?) async throws -> SagaPage {
        try await send(
            .get, "/v1/sagas",
            query: [
                ("status", Statuses.open.joined(separator: ",")), ("workflow", workflow), ("children", "true"),
                ("limit", "500"), ("cursor", cursor?.description),
            ])
    }

    public func explanation(of id: UUID) async throws -> ExplanationView {
        try await send(.get, "/v1/sagas/\(id)/explanation")
    }

    public func diagram(of id: UUID, format: String) async throws -> DiagramView {
        try await send(.get, "/v1/sagas/\(id)/diagram", query: [("format", format)])
    }

    public func migration(of id: UUID, to version: Int) async throws -> MigrationView {
        try await send(.get, "/v1/sagas/\(id)/migration", query: [("version", "\(version)")])
    }

    public func workflow(_ name: String, version: Int) async throws -> WorkflowView {
        try await send(.get, "/v1/workflows/\(name)/\(version)")
    }

    /// - Parameter file: what findings call the definition.
    public func deploy(_ source: [UInt8], file: String) async throws -> WorkflowView {
        try await send(
            .post, "/v1/workflows", query: [("file", file)], headers: ["Content-Type": "application/yaml"], body: source
        )
    }
}
