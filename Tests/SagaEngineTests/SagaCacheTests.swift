import SagaCore
import SagaValues
import Testing
import Workflows

@testable import SagaEngine

@Suite("The cache of sagas") struct SagaCacheTests {
    private let workflow: DeployedWorkflow

    init() throws {
        workflow = DeployedWorkflow(
            id: 1, workflow: try Workflow.compile(Definitions.patient), deployedAt: Timestamp.now())
    }

    private func saga(bytes: Int) -> LoadedSaga {
        let (id, now) = (UUID.v7(), Timestamp.now())
        let origin = SagaOrigin(
            workflowID: 1, key: StartKey(tenant: "t", workflow: "patient", idempotencyKey: "\(id)"), inputDigest: [],
            businessKey: nil, trace: nil, startedAt: now)
        var saga = LoadedSaga(
            origin: origin, workflow: workflow, process: SagaProcess(id: id, plan: workflow.plan, at: now))
        saga.keep([UInt8](repeating: 0x20, count: bytes), at: 1)
        return saga
    }

    @Test("a saga knows the size of what it keeps, as read, as it grows and where something is replaced")
    func size() {
        var data = SagaData()
        data.keep([UInt8](repeating: 0x20, count: 10), at: 1)
        #expect(data.bytes == 10)
        data.keep([1, 2, 3], at: 2)
        #expect(data.bytes == 13)
        data.keep([1], at: 1)
        #expect(data.bytes == 4)
        #expect(SagaData(payloads: data.payloads).bytes == 4)
    }

    @Test("drops the oldest where inputs and outputs are too many, with what they have grown to")
    func bytes() {
        var cache = SagaCache(capacity: 100, byteLimit: 20)
        let (first, second, third) = (saga(bytes: 5), saga(bytes: 5), saga(bytes: 5))
        for saga in [first, second, third] { cache.put(saga) }
        #expect(cache.count == 3)
        var grown = cache.take(second.saga.id)
        grown?.keep([UInt8](repeating: 0x20, count: 6), at: 2)
        if let grown { cache.put(grown) }
        #expect(cache.take(first.saga.id) == nil, "21 bytes, so the oldest goes")
        #expect(cache.count == 2)
        // 16 are left, so 4 more fit, and with the fifth the next one goes.
        cache.put(saga(bytes: 4))
        #expect(cache.count == 3)
        cache.put(saga(bytes: 1))
        #expect(cache.count == 3)
        #expect(cache.take(third.saga.id) == nil)
    }

    @Test("once it is emptied it has nothing, and room for as much as before")
    func empty() {
        var cache = SagaCache(capacity: 2, byteLimit: 20)
        let before = [saga(bytes: 10), saga(bytes: 10)]
        for saga in before { cache.put(saga) }
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(before.allSatisfy { cache.take($0.saga.id) == nil })
        for _ in 0..<2 { cache.put(saga(bytes: 10)) }
        #expect(cache.count == 2)
    }
}

extension LoadedSaga {
    fileprivate mutating func keep(_ payload: [UInt8], at revision: Int) {
        var data = process.data
        data.keep(payload, at: revision)
        process = SagaProcess(saga: saga, data: data, plan: plan, updatedAt: updatedAt)
    }
}
