/// How far what this node committed has reached the broker.
///
/// The log is the outbox: no row says that a command must still be sent. Instead the node stores one
/// number, up to which every batch has been confirmed; if it dies, whoever takes over sends again what
/// it wrote after that. Batches are confirmed out of order, so the open ones are kept, never a count.
struct Watermark: Sendable, Equatable {
    private(set) var last: Int64 = 0
    private var open: Set<Int64> = []
    /// The first and the last batch of which something was not confirmed; what they sent must be made again.
    private var lost: ClosedRange<Int64>?

    /// A batch is about to be committed.
    mutating func begin(_ batch: Int64) {
        last = max(last, batch)
        open.insert(batch)
    }

    /// Everything that the batch sent has been confirmed, or it sent nothing.
    mutating func confirm(_ batch: Int64) {
        open.remove(batch)
    }

    /// Something that the batch sent may not have arrived.
    mutating func lose(_ batch: Int64) {
        open.remove(batch)
        lost = min(lost?.lowerBound ?? batch, batch)...max(lost?.upperBound ?? batch, batch)
    }

    /// All that was lost before this batch is answered for by later ones now.
    ///
    /// - Returns: whether something was lost since.
    mutating func recovered(before bound: Int64) -> Bool {
        lost = lost.flatMap { $0.upperBound < bound ? nil : max($0.lowerBound, bound)...$0.upperBound }
        return lost != nil
    }

    /// Somebody else answers for all that was lost.
    mutating func disown() {
        lost = nil
    }

    /// Every batch up to this number is confirmed.
    var value: Int64 {
        let firstOpen = open.min().map { $0 - 1 } ?? last
        return min(firstOpen, lost.map { $0.lowerBound - 1 } ?? last)
    }
}
