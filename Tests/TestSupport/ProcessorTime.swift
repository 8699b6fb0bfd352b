internal import Glibc

/// What `body` gives, and how much of a processor it took on this thread: wall time would blame whatever else the
/// machine is doing.
public func measuringWork<R>(_ body: () throws -> R) rethrows -> (result: R, took: Duration) {
    func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let before = now()
    let result = try body()
    return (result, now() - before)
}
