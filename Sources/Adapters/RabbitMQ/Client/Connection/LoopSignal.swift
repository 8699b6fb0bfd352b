internal import Glibc
internal import IOThreads

/// How the other tasks of an actor reach its loop: that there is work, and that it is to stop.
///
/// The loop waits only here.
final class LoopSignal {
    let thread: IOThread
    /// A socket that nobody can send to: a wait on it is for time alone, and can be interrupted all the same.
    private let silence: Int32
    /// What the loop waits on.
    private var descriptor: Int32
    private var hasNews = false
    private var isEnded = false
    /// When the loop must have ended; nil while it is not to stop.
    private(set) var stopDeadline: ContinuousClock.Instant?

    init(thread: IOThread) {
        self.thread = thread
        silence = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        precondition(silence >= 0, "no descriptor: errno \(errno)")
        descriptor = silence
    }

    deinit {
        close(silence)
    }

    // MARK: The loop's side

    /// Waits for the descriptor, for time, or for ``wake()``; after it, look for work.
    nonisolated(nonsending) func wait(
        for interest: IOThread.Interest,
        on descriptor: Int32,
        until deadline: ContinuousClock.Instant
    ) async -> IOThread.Readiness {
        self.descriptor = descriptor
        // What is set from here on ends the wait; what is set later is seen before the next.
        defer { hasNews = false }
        if hasNews { return .interrupted }
        return await thread.wait(for: interest, on: descriptor, until: deadline)
    }

    /// Waits for `delay`, or until it is time to stop.
    nonisolated(nonsending) func pause(for delay: Duration) async {
        let deadline = ContinuousClock.now + delay
        while !isStopping, ContinuousClock.now < deadline {
            _ = await wait(for: .readable, on: silence, until: deadline)
        }
    }

    /// The loop waits no more.
    func end() {
        isEnded = true
    }

    var isStopping: Bool { stopDeadline != nil }
    var isOverdue: Bool { stopDeadline.map { $0 <= .now } ?? false }

    func checkStop() throws(RabbitMQError) {
        if isStopping { throw RabbitMQError(.stopped, "it is shutting down") }
    }

    // MARK: The others' side

    /// Asks the loop to end by `deadline`; asking again can only bring that forward. ``wake()`` must follow.
    func stop(by deadline: ContinuousClock.Instant) {
        stopDeadline = min(stopDeadline ?? deadline, deadline)
    }

    /// Ends the loop's wait, and does not rest before the loop has noticed.
    ///
    /// On its way into the wait the loop's task may be put at the end of the thread's queue, and one interruption would
    /// find nothing to interrupt.
    nonisolated(nonsending) func wake() async {
        hasNews = true
        while hasNews, !isEnded {
            thread.interrupt(descriptor)
            await Task.yield()
        }
    }
}
