internal import SagaValues

/// When a participant counts as down, and how it is found out that it is back.
public struct BreakerSettings: Sendable, Hashable {
    /// So many outcomes have to be counted before they say anything.
    public var minimum = 20
    /// Of a hundred outcomes so many have to be failures.
    public var failurePercent = 90
    /// How far back outcomes count.
    public var window = Duration.seconds(30)
    /// How long a queue may be without a consumer: a participant that is restarted does not count as down.
    public var unattended = Duration.seconds(10)
    /// The first pause before commands are let through again; each further one is twice as long.
    public var pause = Duration.seconds(5)
    public var longestPause = Duration.seconds(60)
    /// How many are let through to find out.
    public var probes = 3
    /// How long after the last of them was settled their outcomes count as known: other nodes may have taken the answers.
    public var patience = Duration.seconds(3)

    /// How long a command that is held back may be left alone, from the next probe on, if nobody lets it go before.
    public var recheck = Duration.seconds(30)

    public init() {}
}

/// The rules by which a breaker moves. Pure: what was seen comes in, where it stands from now on comes out.
struct CircuitBreaker {
    let settings: BreakerSettings

    /// What a breaker goes by.
    struct View {
        /// Since it moved last, and at most of ``BreakerSettings/window``.
        var counted = ParticipantTally()
        var queue: QueueState?
        var unattendedSince: Timestamp?
        /// Whether commands were let through since it is half-open, and all of them are settled, for long enough.
        var probesAreOver = false
    }

    /// Where it stands from now on; nil if that is where it stands.
    ///
    /// - Parameter draw: any number; jitter, so that participants that went down together do not come back together.
    func next(_ state: BreakerState, _ view: View, at now: Timestamp, draw: UInt64) -> BreakerState? {
        guard state.mode == .automatic else { return nil }
        switch state.phase {
        case .closed:
            return reasonToOpen(view, at: now).map { open(state, because: $0, openings: 1, at: now, draw) }
        case .open:
            guard let probe = state.nextProbe, probe <= now else { return nil }
            // A probe that nobody takes tells nothing, and would wait in the queue.
            if let reason = unattended(view, at: now) {
                return open(state, because: reason, openings: state.openings + 1, at: now, draw, since: state.since)
            }
            return moved(state, .halfOpen, "some commands are let through to find out", at: now)
        case .halfOpen:
            if view.counted.successes > 0 {
                var closed = moved(state, .closed, "it answers again", at: now)
                closed.openings = 0
                return closed
            }
            if let reason = unattended(view, at: now) {
                return open(state, because: reason, openings: state.openings + 1, at: now, draw)
            }
            guard view.probesAreOver else { return nil }
            return open(
                state, because: "what was let through to find out did not succeed", openings: state.openings + 1,
                at: now, draw)
        }
    }

    private func reasonToOpen(_ view: View, at now: Timestamp) -> String? {
        if let reason = unattended(view, at: now) { return reason }
        let counted = view.counted
        guard counted.total >= settings.minimum,
            counted.failures * 100 >= counted.total * settings.failurePercent
        else { return nil }
        return "of \(counted.total) outcomes within \(settings.window.sagaText) \(counted.failures) were failures: "
            + "\(counted.timedOut) without an answer, \(counted.transient) put off, \(counted.unroutable) not taken"
    }

    /// A missing queue is an incident of each saga already, and comes back by itself.
    private func unattended(_ view: View, at now: Timestamp) -> String? {
        guard view.queue?.consumers == 0, let since = view.unattendedSince, now - since >= settings.unattended else {
            return nil
        }
        return "nobody takes commands off its queue since \(since)"
    }

    private func open(
        _ state: BreakerState, because reason: String, openings: Int, at now: Timestamp, _ draw: UInt64,
        since: Timestamp? = nil
    ) -> BreakerState {
        var pause = settings.pause
        for _ in 1..<min(max(openings, 1), 32) where pause < settings.longestPause { pause = pause * 2 }
        let bound = min(pause, settings.longestPause).wholeMicroseconds
        // From the bound to a quarter more.
        let jittered = Duration.microseconds(bound + Int64(draw % (UInt64(bound) / 4 + 1)))
        return BreakerState(
            phase: .open, mode: .automatic, since: since ?? now, reason: reason, nextProbe: now + jittered,
            openings: openings)
    }

    private func moved(_ state: BreakerState, _ phase: BreakerState.Phase, _ reason: String, at now: Timestamp)
        -> BreakerState
    {
        BreakerState(phase: phase, mode: state.mode, since: now, reason: reason, openings: state.openings)
    }
}

extension BreakerState {
    /// Where each stands before anything was decided.
    static func initial(at time: Timestamp) -> BreakerState {
        BreakerState(phase: .closed, mode: .automatic, since: time, reason: "nothing speaks against it")
    }
}
