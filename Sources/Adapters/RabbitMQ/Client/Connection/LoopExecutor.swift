internal import IOThreads

/// Lets the tasks of a connection's loop stay on its thread between two waits.
///
/// A continuation resumes on the default executor, and only then goes on to its actor's: two changes of thread for every
/// wait. With this executor as the task's preference the first one is the actor's thread already.
final class LoopExecutor: TaskExecutor {
    private let thread: IOThread

    init(_ thread: IOThread) {
        self.thread = thread
    }

    func enqueue(_ job: consuming ExecutorJob) {
        thread.enqueue(job)
    }
}
