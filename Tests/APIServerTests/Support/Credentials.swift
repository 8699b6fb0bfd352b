import MemoryStore
import SagaEngine
import SagaValues
import TestAPI

@testable import APIServer

extension Requester {
    /// Who may do everything.
    static let anybody = Requester(subject: "s", credential: "test", role: .admin)
}

extension TestAPI {
    /// A new token, as another node would make it.
    func token(
        _ role: Requester.Role, tenant: String? = nil, groups: Set<String> = [], life: Duration = .seconds(3600)
    ) async throws -> (id: String, text: String) {
        let made = TokenText.make()
        _ = try await memory.create(
            accessToken: NewAccessToken(
                id: made.id, digest: made.digest, subject: "\(role) of \(tenant ?? "all")", role: role, tenant: tenant,
                groups: groups, createdBy: "the test", life: life))
        return (made.id, made.text)
    }

    func send(
        _ method: String, _ target: String, _ body: String? = nil, as token: String, headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        try await send(
            method, target, body, headers: headers.merging(["Authorization": "Bearer \(token)"]) { _, new in new })
    }
}
