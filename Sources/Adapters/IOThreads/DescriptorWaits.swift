internal import CThreads
internal import Glibc

/// The waits of one ``IOThread``: which descriptors, for what, until when, and whom to resume.
struct DescriptorWaits {
    private struct Wait {
        let id: UInt64
        let descriptor: Int32
        let events: Int16
        let deadline: ContinuousClock.Instant?
        let continuation: CheckedContinuation<IOThread.Readiness, Never>
    }

    /// The longest sleep: a bound on how stale the clock of a sleeping loop can be.
    private static let longestSleep = 60_000

    private var waits: [Wait] = []
    private var polled: [pollfd] = []
    private var lastID: UInt64 = 0

    var isEmpty: Bool { waits.isEmpty }

    mutating func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func add(
        _ id: UInt64,
        _ descriptor: Int32,
        _ interest: IOThread.Interest,
        _ deadline: ContinuousClock.Instant?,
        _ continuation: CheckedContinuation<IOThread.Readiness, Never>
    ) {
        let events: Int32 =
            switch interest {
            case .readable: POLLIN
            case .writable: POLLOUT
            case .readableOrWritable: POLLIN | POLLOUT
            }
        waits.append(
            Wait(
                id: id, descriptor: descriptor, events: Int16(events), deadline: deadline, continuation: continuation
            )
        )
    }

    /// Ends those of the waits that have not ended yet.
    mutating func cancel(_ ids: [UInt64]) {
        resume { ids.contains($0.id) ? .interrupted : nil }
    }

    mutating func interrupt(_ descriptor: Int32) {
        resume { $0.descriptor == descriptor ? .interrupted : nil }
    }

    /// One turn: polls every descriptor and the wake-up, then resumes the waits that have ended.
    mutating func poll(wakeup: Int32, mayBlock: Bool) {
        if !mayBlock, waits.isEmpty { return }
        polled.removeAll(keepingCapacity: true)
        polled.append(pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0))
        var earliest: ContinuousClock.Instant?
        for wait in waits {
            polled.append(pollfd(fd: wait.descriptor, events: wait.events, revents: 0))
            if let deadline = wait.deadline { earliest = min(earliest ?? deadline, deadline) }
        }
        let timeout = mayBlock ? Self.milliseconds(until: earliest) : 0
        let count = Glibc.poll(&polled, nfds_t(polled.count), Int32(timeout))
        if polled[0].revents != 0 { csystem_eventfd_drain(wakeup) }
        guard !waits.isEmpty, count > 0 || earliest != nil else { return }

        let now = earliest == nil ? nil : ContinuousClock.now
        let results = polled
        var index = 0
        resume { wait in
            index += 1
            let seen = Int32(results[index].revents)
            if seen & POLLNVAL != 0 { return .interrupted }
            if seen != 0 { return .ready }
            if let now, let deadline = wait.deadline, deadline <= now { return .timedOut }
            return nil
        }
    }

    /// Takes out every wait for which `outcome` gives a result, in order, and resumes it.
    private mutating func resume(_ outcome: (Wait) -> IOThread.Readiness?) {
        var ended: [(Wait, IOThread.Readiness)] = []
        waits.removeAll { wait in
            guard let readiness = outcome(wait) else { return false }
            ended.append((wait, readiness))
            return true
        }
        for (wait, readiness) in ended {
            wait.continuation.resume(returning: readiness)
        }
    }

    /// Rounded up, so that a loop never wakes just before the deadline and spins.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int {
        guard let deadline else { return longestSleep }
        let left = deadline - .now
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        guard seconds < longestSleep / 1000 else { return longestSleep }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
