import SagaStoreContract
import Testing

@Suite("PostgreSQL as a store", .serialized)
struct ContractTests {
    @Test("keeps the contract of stores", arguments: StoreContract.checks)
    func keeps(_ check: StoreCheck) async throws {
        try await TestDatabase.with { try await check.run(on: $0) }
    }
}
