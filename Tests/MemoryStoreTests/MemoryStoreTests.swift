import MemoryStore
import SagaEngine
import SagaStoreContract
import SagaValues
import Testing

@Suite("The memory store")
struct MemoryStoreTests {
    @Test("keeps the contract of stores", arguments: StoreContract.checks)
    func keeps(_ check: StoreCheck) async throws {
        try await check.run(on: MemoryFixture())
    }
}

private struct MemoryFixture: StoreFixture {
    let database = MemoryDatabase()

    func makeStore() async throws -> any SagaStore { MemoryStore(database) }

    func archive(_ sagas: [(id: UUID, revision: Int)], file: String) async throws {
        try MemoryStore(database).archive(sagas.map(\.id), file: file)
    }

    func endSession(of store: any SagaStore) async throws {
        try #require(store as? MemoryStore).loseSession()
    }
}
