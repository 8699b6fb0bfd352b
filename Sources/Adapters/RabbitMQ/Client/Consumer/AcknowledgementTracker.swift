/// Which deliveries of one channel still need an answer, and which frames answer them.
///
/// Every delivery has a slot, in a ring indexed by its tag, so that nothing is answered twice: the broker closes the
/// channel over that. Tags count up from 1 without gaps.
struct AcknowledgementTracker {
    enum Verdict: Sendable, Hashable {
        case acknowledge
        case reject(requeue: Bool)
    }

    enum Frame: Equatable {
        case ack(UInt64, multiple: Bool)
        case nack(UInt64, requeue: Bool)
    }

    /// True while the delivery needs an answer.
    private var ring = [Bool](repeating: false, count: 256)
    /// The lowest tag that may be unanswered.
    private var base: UInt64 = 1
    /// The tag of the next delivery.
    private var next: UInt64 = 1
    private(set) var outstanding = 0
    private var acknowledged: [UInt64] = []
    private var frames: [Frame] = []

    private func index(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: tag) & (ring.count - 1)
    }

    /// Notes a delivery. False when the broker counts otherwise than it must.
    mutating func delivered(_ tag: UInt64) -> Bool {
        guard tag == next else { return false }
        if next - base == ring.count { grow() }
        ring[index(tag)] = true
        next += 1
        outstanding += 1
        return true
    }

    private mutating func grow() {
        var larger = [Bool](repeating: false, count: ring.count * 2)
        for tag in base..<next {
            larger[Int(truncatingIfNeeded: tag) & (larger.count - 1)] = ring[index(tag)]
        }
        ring = larger
    }

    /// Notes the answer to a delivery; one that was answered before, or never made, is ignored.
    mutating func settle(_ tag: UInt64, _ verdict: Verdict) {
        guard tag >= base, tag < next, ring[index(tag)] else { return }
        ring[index(tag)] = false
        outstanding -= 1
        switch verdict {
        case .acknowledge: acknowledged.append(tag)
        case .reject(let requeue): frames.append(.nack(tag, requeue: requeue))
        }
    }

    /// The frames for all answers since the last call: one `multiple` for the run at the bottom, one for each other.
    ///
    /// `multiple` answers all lower deliveries too, so it is right only where nothing below is unanswered.
    mutating func takeFrames() -> [Frame] {
        while base < next, !ring[index(base)] { base += 1 }
        var highest: UInt64?
        var folded = 0
        for tag in acknowledged {
            if tag < base {
                highest = max(highest ?? tag, tag)
                folded += 1
            } else {
                frames.append(.ack(tag, multiple: false))
            }
        }
        if let highest { frames.append(.ack(highest, multiple: folded > 1)) }
        acknowledged.removeAll(keepingCapacity: true)
        defer { frames.removeAll(keepingCapacity: true) }
        return frames
    }
}
