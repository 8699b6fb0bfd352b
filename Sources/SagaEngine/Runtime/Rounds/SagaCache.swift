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
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Takes a saga out, so that it is changed in place and not copied.
    mutating func take(_ id: UUID) -> LoadedSaga? {
        sagas.removeValue(forKey: id)?.saga
    }

    mutating func put(_ saga: LoadedSaga) {
        guard capacity > 0 else { return }
        tickets += 1
        sagas[saga.saga.id] = (saga, tickets)
        order.append((saga.saga.id, tickets))
        while sagas.count > capacity { dropOldest() }
        if oldest > 2 * capacity + 1_000 { compact() }
    }

    mutating func remove(_ ids: some Sequence<UUID>) {
        for id in ids { sagas[id] = nil }
    }

    var count: Int { sagas.count }

    private mutating func dropOldest() {
        let next = order[oldest]
        oldest += 1
        if sagas[next.id]?.ticket == next.ticket { sagas[next.id] = nil }
    }

    private mutating func compact() {
        order = order[oldest...].filter { sagas[$0.id]?.ticket == $0.ticket }
        oldest = 0
    }
}
