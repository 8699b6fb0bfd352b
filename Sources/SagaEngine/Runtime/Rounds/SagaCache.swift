internal import SagaCore
internal import SagaValues

/// Open sagas that this node wrote last, so that the next reply needs no query.
///
/// Only a saving: a node that comes back to a saga which another has moved on is told so by the
/// compare-and-set, and loads it; what the copy alone would ignore is never dropped on its word
/// (``Work/isUnproven``). Bounded; when full, sagas are dropped in the order they came in.
struct SagaCache {
    private var sagas: [UUID: (saga: LoadedSaga, ticket: UInt64)] = [:]
    private var order: [(id: UUID, ticket: UInt64)] = []
    private var oldest = 0
    private var tickets: UInt64 = 0
    private var bytes = 0
    private let capacity: Int
    private let byteLimit: Int

    /// - Parameters:
    ///   - capacity: how many sagas at most.
    ///   - byteLimit: how many bytes of inputs and outputs at most.
    init(capacity: Int, byteLimit: Int = 256 << 20) {
        self.capacity = capacity
        self.byteLimit = byteLimit
    }

    /// Takes a saga out, so that it is changed in place and not copied.
    mutating func take(_ id: UUID) -> LoadedSaga? {
        guard let saga = sagas.removeValue(forKey: id)?.saga else { return nil }
        bytes -= saga.process.data.bytes
        return saga
    }

    mutating func put(_ saga: LoadedSaga) {
        guard capacity > 0 else { return }
        remove([saga.saga.id])
        bytes += saga.process.data.bytes
        tickets += 1
        sagas[saga.saga.id] = (saga, tickets)
        order.append((saga.saga.id, tickets))
        while sagas.count > capacity || bytes > byteLimit { dropOldest() }
        if oldest > 2 * capacity + 1_000 { compact() }
    }

    mutating func remove(_ ids: some Sequence<UUID>) {
        for id in ids { _ = take(id) }
    }

    mutating func removeAll() {
        sagas = [:]
        order = []
        oldest = 0
        bytes = 0
    }

    var count: Int { sagas.count }

    private mutating func dropOldest() {
        let next = order[oldest]
        oldest += 1
        if sagas[next.id]?.ticket == next.ticket { _ = take(next.id) }
    }

    private mutating func compact() {
        order = order[oldest...].filter { sagas[$0.id]?.ticket == $0.ticket }
        oldest = 0
    }
}
