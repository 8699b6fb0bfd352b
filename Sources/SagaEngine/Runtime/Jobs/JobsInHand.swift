internal import SagaValues
internal import Synchronization

/// The jobs that this node is working on.
final class JobsInHand: Sendable {
    private let ids = Mutex<Set<UUID>>([])
    /// One was made or resumed here, so that nobody has to wait until the next look.
    let changed = Signal()

    /// False if it is in hand already.
    func take(_ job: UUID) -> Bool { ids.withLock { $0.insert(job).inserted } }

    func settle(_ job: UUID) { _ = ids.withLock { $0.remove(job) } }
}
