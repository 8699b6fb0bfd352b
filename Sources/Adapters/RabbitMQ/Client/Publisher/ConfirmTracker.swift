/// Which published messages of one channel are not confirmed yet.
///
/// Confirms of several queues arrive out of order and `multiple` ones overlap earlier single ones, so every message has
/// a slot of its own, in a ring indexed by its sequence number; a count would be wrong.
struct ConfirmTracker<Token> {
    private var ring: [Token?]
    /// The lowest sequence number that may be unsettled.
    private var base: UInt64 = 1
    /// The sequence number of the next message.
    private(set) var next: UInt64 = 1
    private(set) var unsettled = 0
    /// Where to look for the message of the next return: they come in the order of publishing.
    private var returnCursor: UInt64 = 1

    init() {
        ring = Array(repeating: nil, count: 256)
    }

    private func index(_ sequence: UInt64) -> Int {
        Int(truncatingIfNeeded: sequence) & (ring.count - 1)
    }

    /// Notes a message that is being published now. The broker counts the same way, from 1.
    mutating func published(_ token: Token) {
        if next - base == ring.count { grow() }
        ring[index(next)] = token
        next += 1
        unsettled += 1
    }

    private mutating func grow() {
        var larger = [Token?](repeating: nil, count: ring.count * 2)
        for sequence in base..<next {
            larger[Int(truncatingIfNeeded: sequence) & (larger.count - 1)] = ring[index(sequence)]
        }
        ring = larger
    }

    /// Takes out the messages that a confirm settles, in order; those settled before are not given twice.
    mutating func settle(_ tag: UInt64, multiple: Bool, _ settled: (Token) -> Void) {
        // Tag 0 with `multiple` means all so far.
        let last = tag == 0 ? next - 1 : min(tag, next - 1)
        let first = multiple || tag == 0 ? base : last
        guard first >= base, first <= last, tag < next else { return }
        for sequence in first...last {
            guard let token = ring[index(sequence)].take() else { continue }
            unsettled -= 1
            settled(token)
        }
        while base < next, ring[index(base)] == nil { base += 1 }
    }

    /// The message that came back: the first one after the last return for which `matches` holds.
    mutating func returned(where matches: (Token) -> Bool) -> Token? {
        for sequence in max(returnCursor, base)..<next {
            guard let token = ring[index(sequence)], matches(token) else { continue }
            returnCursor = sequence + 1
            return token
        }
        return nil
    }

    /// Takes out all that is unsettled: nobody will confirm it any more.
    mutating func abandon(_ abandoned: (Token) -> Void) {
        settle(0, multiple: true, abandoned)
    }
}
