import SagaCore
import SagaValues
import Testing
import Workflows

@testable import SagaEngine

@Suite("The inbox") struct InboxTests {
    private let workflow: DeployedWorkflow

    init() throws {
        workflow = DeployedWorkflow(
            id: 1, workflow: try Workflow.compile(Definitions.patient), deployedAt: Timestamp.now())
    }

    /// Offers a start whose input has so many bytes, and tells whether it may wait.
    private func offer(_ inbox: Inbox, bytes: Int = 1) async throws -> Inbox.StartAdmission {
        let order = try StartOrder(
            workflow, key: StartKey(tenant: "t", workflow: "patient", idempotencyKey: "k"), businessKey: nil,
            trace: nil,
            input: .number(String(repeating: "1", count: bytes)))
        return await withCheckedContinuation { offered in
            Task {
                _ = await withCheckedContinuation { caller in
                    let start = PendingStart(order: order, answer: Answer(caller))
                    let admission = inbox.put(start: start)
                    if admission != .taken { start.answer.fail(.overloaded) }
                    offered.resume(returning: admission)
                }
            }
        }
    }

    /// Answers those who still wait.
    private func empty(_ inbox: Inbox) async {
        inbox.close()
        while let inputs = await inbox.take(limit: .max, bytes: .max) {
            for input in inputs { input.fail(.unavailable("the test is over")) }
        }
    }

    @Test("takes so many starts and no more, however often some are handed to a later batch")
    func startLimit() async throws {
        let inbox = Inbox(startLimit: 3, startByteLimit: .max)
        for _ in 0..<3 { #expect(try await offer(inbox) == .taken) }
        #expect(try await offer(inbox) == .full)
        // As it is with starts whose twins are in the same batch.
        for _ in 0..<5 {
            let taken = try #require(await inbox.take(limit: 10, bytes: .max))
            #expect(taken.count == 3)
            inbox.put(taken)
            #expect(try await offer(inbox) == .full)
        }
        await empty(inbox)
    }

    @Test("takes starts up to so many bytes, and a larger one alone")
    func startByteLimit() async throws {
        let inbox = Inbox(startLimit: 100, startByteLimit: 1000)
        #expect(try await offer(inbox, bytes: 5000) == .taken)
        #expect(try await offer(inbox, bytes: 1) == .full)
        let large = try #require(await inbox.take(limit: 10, bytes: .max))
        for _ in 0..<2 { #expect(try await offer(inbox, bytes: 500) == .taken) }
        #expect(try await offer(inbox, bytes: 1) == .full)
        inbox.put(large)
        await empty(inbox)
    }

    @Test("hands out batches of so many bytes at most, in order, and a larger input alone")
    func batchBytes() async throws {
        let inbox = Inbox(startLimit: 100, startByteLimit: .max)
        for bytes in [300, 300, 300, 300, 5000, 1] { #expect(try await offer(inbox, bytes: bytes) == .taken) }
        var sizes: [[Int]] = []
        while inbox.count > 0 {
            let batch = try #require(await inbox.take(limit: 3, bytes: 1000))
            sizes.append(batch.map(\.bodySize))
            for input in batch { input.fail(.unavailable("the test is over")) }
        }
        #expect(sizes == [[300, 300, 300], [300], [5000], [1]])
    }
}
