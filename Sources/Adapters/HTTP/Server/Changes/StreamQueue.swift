internal import Synchronization

/// What waits to be written to one reader: so much and no more. Several put in, one takes out.
final class StreamQueue: Sendable {
    private struct State {
        var frames: [[UInt8]] = []
        /// What has come in the meantime, while older things are still being read.
        var held: [[UInt8]]?
        /// Where to resume once everything before it was written.
        var mark: String?
        var isBeatDue = false
        var ending: StreamEnd?
        var isOver = false
        var writingSince: ContinuousClock.Instant?
    }

    /// How many frames go into one write.
    private static let portion = 256

    private let limit: Int
    private let state: Mutex<State>
    /// Something is to be written. Many count as one.
    let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let drains: AsyncStream<Void>
    private let drain: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - limit: how many frames wait at most.
    ///   - isHolding: what comes by ``put(live:mark:)`` waits for ``release()``.
    init(limit: Int, isHolding: Bool = false) {
        self.limit = limit
        state = Mutex(State(held: isHolding ? [] : nil))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (drains, drain) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Putting in

    /// - Parameter mark: where one may resume who was told all of it.
    func put(_ frames: [[UInt8]], mark: String?) {
        change { state in
            state.mark = mark ?? state.mark
            guard !frames.isEmpty else { return }
            state.frames += frames
            if let mark { state.frames.append(ServerSentEvents.mark(mark)) }
            cutOff(&state)
        }
    }

    /// What happens while the stream is open.
    func put(live frames: [[UInt8]], mark: String) {
        let isHeld = state.withLock { state in
            guard state.held != nil else { return false }
            // The mark of what is held is not where one may resume who was not told what came before.
            state.held? += frames
            cutOff(&state)
            return true
        }
        if isHeld { wake.yield() } else { put(frames, mark: mark) }
    }

    /// All that is older was put in: what was held follows it.
    func release() {
        change { state in
            state.frames += state.held ?? []
            state.held = nil
        }
    }

    func beat() { change { $0.isBeatDue = true } }

    /// What waits is written, then the last event. The first reason stands.
    func end(_ ending: StreamEnd) {
        change { $0.ending = $0.ending ?? ending }
    }

    private func cutOff(_ state: inout State) {
        guard state.frames.count + (state.held?.count ?? 0) > limit, state.ending == nil else { return }
        (state.frames, state.held) = ([], nil)
        state.ending = .tooSlow
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            // Nothing follows what was cut off: there would be a gap before it.
            let wasCutOff = state.ending == .tooSlow
            body(&state)
            if wasCutOff { (state.frames, state.held) = ([], nil) }
        }
        wake.yield()
    }

    /// Returns once all that was put in is taken out, or the task is cancelled.
    func waitUntilDrained() async {
        guard !isDrained else { return }
        for await _ in drains where isDrained { return }
    }

    private var isDrained: Bool { state.withLock { $0.frames.isEmpty } }

    // MARK: Taking out

    /// What to write next; nil if there is nothing at the moment.
    func next() -> [UInt8]? {
        let (bytes, isDrained) = state.withLock { state -> ([UInt8]?, Bool) in
            let bytes = Self.take(from: &state)
            state.writingSince = bytes == nil ? nil : .now
            return (bytes, state.frames.isEmpty)
        }
        if isDrained { drain.yield() }
        return bytes
    }

    private static func take(from state: inout State) -> [UInt8]? {
        if !state.frames.isEmpty {
            let portion = state.frames.prefix(Self.portion)
            state.frames.removeFirst(portion.count)
            return Array(portion.joined())
        }
        if let ending = state.ending, !state.isOver {
            state.isOver = true
            return ServerSentEvents.end(ending)
        }
        guard state.isBeatDue, !state.isOver else { return nil }
        state.isBeatDue = false
        return ServerSentEvents.beat(state.held == nil ? state.mark : nil)
    }

    /// The last event was taken out.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// For how long the reader has taken nothing of what it was sent, and whether that is to end the stream.
    func idleness(at now: ContinuousClock.Instant = .now) -> (Duration, isEnding: Bool) {
        state.withLock { state in
            (state.writingSince.map { now - $0 } ?? .zero, state.ending != nil)
        }
    }
}
