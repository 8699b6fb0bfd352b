internal import CThreads
internal import Glibc
internal import Synchronization

/// A serial executor on one pthread of its own, which also waits for file descriptors.
///
/// A blocking or thread-bound C handle (a libpq connection, a rabbitmq-c connection) belongs to one
/// actor, and that actor runs here: its jobs, the readiness of its socket and its time limits are
/// served by one `poll` loop, so the handle is never touched by two threads.
///
/// The thread starts with the first job. After ``stop()`` it ends when nothing is left to do; a job
/// that comes later starts it again, so no job is ever lost, whatever the order of shutdown.
///
/// It is a task executor as well, only for its own use: see ``wait(for:on:until:endsOnCancellation:isolation:)``.
public final class IOThread: SerialExecutor, TaskExecutor {
    /// What to wait for on a file descriptor.
    public enum Interest: Sendable {
        case readable, writable, readableOrWritable
    }

    /// How a wait ended.
    public enum Readiness: Sendable, Equatable {
        /// The descriptor is ready, or has an error or hang-up that the next call on it will report.
        case ready
        case timedOut
        /// ``interrupt(_:)`` was called, the descriptor is not open, or the task was cancelled and the
        /// wait was told to end then.
        case interrupted
    }

    private struct Inbox {
        var jobs: [UnownedJob] = []
        /// Waits whose tasks were cancelled, by any thread.
        var cancelledWaits: [UInt64] = []
        var isRunning = false
        var isStopping = false
    }

    private let name: String
    private let wakeup: Int32
    private let inbox = Mutex(Inbox())
    // SAFETY: touched only by the thread itself: in its loop, and in `wait` and `interrupt`, which
    // check that they run on it. A new thread starts only after the last one has left its loop.
    private nonisolated(unsafe) var waits = DescriptorWaits()
    private let thread = Atomic<UInt>(0)

    /// - Parameter name: shown by `ps -L` and debuggers; the first 15 bytes count.
    public init(name: String) {
        self.name = name
        self.wakeup = csystem_eventfd()
        precondition(wakeup >= 0, "no event descriptor: errno \(errno)")
    }

    deinit {
        close(wakeup)
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let (mustStart, mustWake) = inbox.withLock { inbox in
            inbox.jobs.append(unowned)
            let mustStart = !inbox.isRunning
            inbox.isRunning = true
            return (mustStart, !mustStart && inbox.jobs.count == 1)
        }
        if mustStart {
            start()
        } else if mustWake, !isCurrent {
            csystem_eventfd_signal(wakeup)
        }
    }

    public func checkIsolated() {
        precondition(isCurrent, "not on thread \(name)")
    }

    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    private var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Lets the thread end once it has no job and no wait left. Idempotent.
    public func stop() {
        inbox.withLock { $0.isStopping = true }
        csystem_eventfd_signal(wakeup)
    }

    // MARK: Waiting

    /// Suspends the caller until `descriptor` is ready, the deadline passes or the wait is interrupted.
    ///
    /// Call it only from an actor that runs on this thread. Several waits on one descriptor are allowed.
    ///
    /// - Parameter endsOnCancellation: whether cancelling the task ends the wait, with
    ///   ``Readiness/interrupted``. Otherwise cancellation is not noticed here.
    public func wait(
        for interest: Interest,
        on descriptor: Int32,
        until deadline: ContinuousClock.Instant? = nil,
        endsOnCancellation: Bool = false,
        isolation: isolated (any Actor)? = #isolation
    ) async -> Readiness {
        checkIsolated()
        // poll() ignores negative descriptors: such a wait would end at its deadline or never.
        guard descriptor >= 0 else { return .interrupted }
        let id = waits.makeID()
        guard endsOnCancellation else { return await suspend(id, interest, descriptor, deadline, false) }
        return await withTaskCancellationHandler {
            // Without this the closure would be isolated to nobody, and run on another thread.
            _ = isolation
            return await suspend(id, interest, descriptor, deadline, true)
        } onCancel: {
            inbox.withLock { $0.cancelledWaits.append(id) }
            csystem_eventfd_signal(wakeup)
        }
    }

    private func suspend(
        _ id: UInt64,
        _ interest: Interest,
        _ descriptor: Int32,
        _ deadline: ContinuousClock.Instant?,
        _ endsOnCancellation: Bool,
        isolation: isolated (any Actor)? = #isolation
    ) async -> Readiness {
        // A continuation resumes its task on no executor in particular, which then switches to its actor's:
        // by way of the global pool, two changes of thread for each wait. With this it stays here.
        await withTaskExecutorPreference(self) {
            _ = isolation
            return await withCheckedContinuation { continuation in
                checkIsolated()
                // The loop may have looked for a wait to cancel before it was there. A cancellation from
                // now on finds it: the loop runs on this thread, after this job.
                if endsOnCancellation, Task.isCancelled { return continuation.resume(returning: .interrupted) }
                waits.add(id, descriptor, interest, deadline, continuation)
            }
        }
    }

    /// Ends all waits on `descriptor` with ``Readiness/interrupted``. Call it before the descriptor is closed.
    public func interrupt(_ descriptor: Int32) {
        checkIsolated()
        waits.interrupt(descriptor)
    }

    // MARK: The loop

    private func start() {
        var handle = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let status = pthread_create(
            &handle, nil,
            { raw in
                Unmanaged<IOThread>.fromOpaque(raw!).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        precondition(status == 0, "pthread_create: \(status)")
        pthread_detach(handle)
    }

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        csystem_name_thread(name)
        var jobs: [UnownedJob] = []
        var cancelledWaits: [UInt64] = []
        while true {
            jobs.removeAll(keepingCapacity: true)
            cancelledWaits.removeAll(keepingCapacity: true)
            let ended = inbox.withLock { inbox in
                swap(&jobs, &inbox.jobs)
                swap(&cancelledWaits, &inbox.cancelledWaits)
                guard jobs.isEmpty, inbox.isStopping, waits.isEmpty else { return false }
                inbox.isRunning = false
                // Thread ids are reused: nobody else may be taken for this thread.
                thread.store(0, ordering: .relaxed)
                return true
            }
            if ended { return }
            if !cancelledWaits.isEmpty { waits.cancel(cancelledWaits) }
            for job in jobs {
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
            // Nor does a thread block that was started again after `stop()` and has nothing left to do.
            let mayBlock = inbox.withLock { $0.jobs.isEmpty && !($0.isStopping && waits.isEmpty) }
            waits.poll(wakeup: wakeup, mayBlock: mayBlock)
        }
    }
}
