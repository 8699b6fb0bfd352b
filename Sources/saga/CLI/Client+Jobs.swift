public import SagaAPI
public import SagaValues

extension Client {
    /// - Parameter key: nil for a dry run.
    func makeJob(_ body: JobBody, key: String?) async throws -> JobAnswer {
        var headers = ["Content-Type": "application/json"]
        headers["Idempotency-Key"] = key
        return try await send(
            .post, "/v1/jobs", headers: headers, body: try JSONValueEncoder.encode(body).bytes,
            isRehearsal: body.dryRun == true)
    }

    public func job(_ id: UUID) async throws -> JobView { try await send(.get, "/v1/jobs/\(id)") }

    func jobItems(
        _ id: UUID, status: String?, after cursor: Int?, limit: Int = 500
    ) async throws -> JobItemPage {
        try await send(
            .get, "/v1/jobs/\(id)/items",
            query: [("status", status), ("cursor", cursor.map(String.init)), ("limit", "\(limit)")])
    }
}
