public import SagaEngine
public import SagaValues
public import Testing

/// What a suite needs of an implementation: a database of its own, empty, to which several nodes connect.
public protocol StoreFixture: Sendable {
    /// The store of one more node on the same database.
    func makeStore() async throws -> any SagaStore

    /// Ends the session that is the sign of life of a store's node, as if its process had been killed.
    func endSession(of store: any SagaStore) async throws

    /// Takes ended sagas out of the store as archiving does, at once: how old they are does not matter.
    func archive(_ sagas: [(id: UUID, revision: Int)], file: String) async throws
}

/// The contract of ``SagaStore``, one check for each sentence of it. Every implementation runs them all:
///
/// ```swift
/// @Test("keeps the contract", arguments: StoreContract.checks)
/// func keeps(_ check: StoreCheck) async throws { try await check.run(on: MyFixture()) }
/// ```
public enum StoreContract {
    public static let checks: [StoreCheck] =
        nodes + claims + starts + updates + staleness + locks + timers + payloads + workflows + lists + filters
        + incidents + statistics
        + children + events + waits + schedules + failedStarts + lockPlaces + accessTokens + audit
        + signals + reruns
        + changes
        + deadLetters + archived
        + jobs
        + overview
        + participants
        + versions
        + retention
}

/// One sentence of the contract.
public struct StoreCheck: Sendable, CustomTestStringConvertible {
    public let sentence: String
    private let body: @Sendable (any StoreFixture) async throws -> Void

    init(_ sentence: String, _ body: @escaping @Sendable (any StoreFixture) async throws -> Void) {
        self.sentence = sentence
        self.body = body
    }

    public var testDescription: String { sentence }

    /// - Parameter fixture: a fresh one.
    public func run(on fixture: any StoreFixture) async throws {
        try await body(fixture)
    }
}
