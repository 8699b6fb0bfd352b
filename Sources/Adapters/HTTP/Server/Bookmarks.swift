internal import SagaCore
internal import SagaValues
internal import Synchronization

/// How far histories were told, so that the next page goes on there.
///
/// What an event led to is not stored: it follows from the state before it, which only the events before
/// it tell. Without a bookmark a history is read from its first row.
final class Bookmarks: Sendable {
    private struct Shelf {
        var sagas: [UUID: Saga] = [:]
        /// In the order of their coming; may name some that are gone.
        var line: [UUID] = []
    }

    private let limit: Int
    private let shelf = Mutex(Shelf())

    /// - Parameter limit: how many sagas are kept; the oldest goes first.
    init(limit: Int = 1_000) {
        self.limit = limit
    }

    /// The saga as it was at a revision, if that is where its bookmark is.
    func saga(_ id: UUID, at revision: Int) -> Saga? {
        shelf.withLock { shelf in shelf.sagas[id].flatMap { $0.revision == revision ? $0 : nil } }
    }

    /// One that has ended is not kept: nothing can follow.
    func keep(_ saga: Saga) {
        shelf.withLock { shelf in
            if saga.status.isTerminal {
                shelf.sagas[saga.id] = nil
            } else if shelf.sagas.updateValue(saga, forKey: saga.id) == nil {
                shelf.line.append(saga.id)
            }
            guard shelf.line.count > limit else { return }
            shelf.sagas[shelf.line.removeFirst()] = nil
        }
    }
}
