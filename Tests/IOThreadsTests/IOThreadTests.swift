import Foundation
import Glibc
import IOThreads
import Testing

/// An actor on an ``IOThread``, as an adapter would have it.
private actor Worker {
    nonisolated let thread: IOThread
    private var count = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(name: String = "worker") {
        thread = IOThread(name: name)
    }

    deinit { thread.stop() }

    func increment() -> Int {
        count += 1
        return count
    }

    var threadName: String {
        (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
    }

    func wait(
        _ interest: IOThread.Interest, on descriptor: Int32, for limit: Duration? = nil,
        endsOnCancellation: Bool = false
    ) async -> IOThread.Readiness {
        let readiness = await thread.wait(
            for: interest, on: descriptor, until: limit.map { .now + $0 }, endsOnCancellation: endsOnCancellation)
        // Resumed on the right thread, not on whichever was at hand.
        thread.checkIsolated()
        return readiness
    }

    func interrupt(_ descriptor: Int32) {
        thread.interrupt(descriptor)
    }

    /// What this thread has used so far.
    var processorTime: Duration {
        var used = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
        return .seconds(used.tv_sec) + .nanoseconds(used.tv_nsec)
    }
}

/// Two connected sockets.
private final class Pair: Sendable {
    let one: Int32
    let other: Int32

    init() {
        var ends: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        (one, other) = (ends[0], ends[1])
    }

    deinit {
        close(one)
        close(other)
    }

    /// Makes ``one`` readable.
    func send() {
        var byte: UInt8 = 1
        write(other, &byte, 1)
    }
}

@Suite("A thread with descriptors", .timeLimit(.minutes(1)))
struct IOThreadTests {
    @Test("An actor's jobs run on its thread, which bears its name")
    func name() async {
        #expect(await Worker(name: "a-fairly-long-name").threadName == "a-fairly-long-n\n")
    }

    @Test("No call is lost, however many threads call at once")
    func calls() async {
        let worker = Worker()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 { _ = await worker.increment() }
                }
            }
        }
        #expect(await worker.increment() == 40_001)
    }

    @Test("A wait ends when the descriptor is ready, at its deadline, when interrupted, or when it is closed")
    func endings() async throws {
        let worker = Worker()
        let pair = Pair()
        #expect(await worker.wait(.writable, on: pair.one) == .ready)
        #expect(await worker.wait(.readable, on: pair.one, for: .milliseconds(20)) == .timedOut)
        #expect(await worker.wait(.readable, on: pair.one, for: .zero) == .timedOut)
        #expect(await worker.wait(.readable, on: -1) == .interrupted)
        #expect(await worker.wait(.readable, on: 9999) == .interrupted)

        async let interrupted = worker.wait(.readable, on: pair.one)
        async let other = worker.wait(.readable, on: pair.other, for: .seconds(2))
        try await Task.sleep(for: .milliseconds(20))
        await worker.interrupt(pair.one)
        #expect(await interrupted == .interrupted)
        pair.send()
        #expect(await worker.wait(.readable, on: pair.one) == .ready)
        var byte: UInt8 = 1
        write(pair.one, &byte, 1)
        #expect(await other == .ready)
    }

    @Test("A deadline does not come early, though the thread is woken all the time")
    func deadlines() async {
        let worker = Worker()
        let pair = Pair()
        let waking = Task { while !Task.isCancelled { _ = await worker.increment() } }
        defer { waking.cancel() }
        for milliseconds in [1, 3, 10, 30] {
            let start = ContinuousClock.now
            #expect(await worker.wait(.readable, on: pair.one, for: .milliseconds(milliseconds)) == .timedOut)
            #expect(ContinuousClock.now - start >= .milliseconds(milliseconds))
        }
    }

    @Test("A wait sleeps until its deadline, and does not look at the clock again and again")
    func idle() async {
        let worker = Worker()
        let pair = Pair()
        let before = await worker.processorTime
        for _ in 0..<100 { _ = await worker.wait(.readable, on: pair.one, for: .microseconds(1900)) }
        // Spinning in the last part of a millisecond takes 90 of these 190 milliseconds.
        #expect(await worker.processorTime - before < .milliseconds(40))
    }

    @Test("Many waits and many calls go side by side, and none is lost")
    func mixture() async {
        let worker = Worker()
        let pairs = (0..<20).map { _ in Pair() }
        await withTaskGroup { group in
            for pair in pairs {
                group.addTask {
                    for _ in 0..<200 {
                        async let readiness = worker.wait(.readable, on: pair.one)
                        pair.send()
                        #expect(await readiness == .ready)
                        var byte: UInt8 = 0
                        read(pair.one, &byte, 1)
                    }
                }
                group.addTask {
                    for _ in 0..<200 { _ = await worker.increment() }
                }
            }
        }
        #expect(await worker.increment() == 4001)
    }

    @Test("Cancelling a task ends its wait only when that was asked for")
    func cancellation() async throws {
        let worker = Worker()
        let pair = Pair()
        let ending = Task { await worker.wait(.readable, on: pair.one, endsOnCancellation: true) }
        let staying = Task { await worker.wait(.readable, on: pair.other, for: .milliseconds(200)) }
        try await Task.sleep(for: .milliseconds(20))
        ending.cancel()
        staying.cancel()
        #expect(await ending.value == .interrupted)
        #expect(await staying.value == .timedOut)

        // Cancelled before, during and after: whatever comes first, every wait ends.
        await withTaskGroup { group in
            for _ in 0..<500 {
                group.addTask {
                    let task = Task { await worker.wait(.readable, on: pair.one, endsOnCancellation: true) }
                    await Task.yield()
                    task.cancel()
                    #expect(await task.value == .interrupted)
                }
            }
        }
    }

    @Test("A stopped thread ends when idle, and a later call starts it again")
    func restart() async throws {
        let name = "restarted-\(UInt16.random(in: 0...999))"
        let worker = Worker(name: name)
        for round in 1...50 {
            #expect(await worker.increment() == round)
            worker.thread.stop()
        }
        try await threadCount(named: name, becomes: 0)
        // More than once: what was said to the thread before its end may wake the next one as well.
        for round in 51...53 {
            #expect(await worker.increment() == round)
            try await threadCount(named: name, becomes: 0)
        }
    }

    @Test("An actor that is gone leaves neither a thread nor a descriptor behind")
    func nothingLeft() async throws {
        let name = "gone-\(UInt16.random(in: 0...999))"
        for _ in 0..<20 {
            let worker = Worker(name: name)
            _ = await worker.increment()
        }
        try await threadCount(named: name, becomes: 0)
    }

    private func threadCount(named name: String, becomes wanted: Int) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while true {
            let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
            let count = tasks.count { task in
                let text = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
                return text == name + "\n"
            }
            if count == wanted { return }
            try #require(ContinuousClock.now < end, "\(count) threads named \(name)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
