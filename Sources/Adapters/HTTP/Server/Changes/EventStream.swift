internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SagaEngine
internal import ServiceLifecycle

/// An answer that goes on for as long as somebody reads it and there is something to tell.
struct EventStream: ResponseGenerator {
    /// Nil if nothing will ever follow: a reader that comes back is told so (204) and stays away, as the standard says.
    let live: Live?

    struct Live: Sendable {
        let queue: StreamQueue
        let settings: StreamSettings
        /// How long it goes on at most; nil for as long as the reader stays.
        let limit: Duration?
        /// Puts into the queue what is to be told, until its task is cancelled.
        let feed: @Sendable (StreamQueue) async -> Void
        /// Whether whoever asks still may.
        let isAdmitted: @Sendable () async -> Bool
        /// Ends the connection, whatever is in it.
        let hangUp: @Sendable () -> Void
        /// Released when the stream is over, or was never begun.
        let seat: StreamSeats.Seat
    }

    func response(from request: Request, context: some RequestContext) -> Response {
        guard let live else { return Response(status: .noContent) }
        let body = request.body
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await body.consumeWithCancellationOnInboundClose { _ in try await live.write(to: &writer) }
                try await writer.finish(nil)
            })
    }
}

extension EventStream.Live {
    fileprivate func write(to writer: inout any ResponseBodyWriter) async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await feed(queue) }
                tasks.addTask { await watch() }
                defer { tasks.cancelAll() }
                for await _ in queue.wakes {
                    while let bytes = queue.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                    if queue.isOver { return }
                }
                throw CancellationError()
            }
        } onGracefulShutdown: {
            queue.end(.shutdown)
        }
    }

    /// Heartbeats, and the ends that do not come by themselves.
    private func watch() async {
        let begin = ContinuousClock.now
        var nextBeat = begin + settings.beat
        // Preferring no wait at all asks for one look, which ends by itself unless the store is away.
        let longest = limit.map { $0 > .zero ? $0 : .seconds(10) }
        let tick = min(settings.beat, .milliseconds(250), longest ?? .seconds(1))
        while !Task.isCancelled {
            try? await Task.sleep(for: tick)
            let now = ContinuousClock.now
            let (idleness, isEnding) = queue.idleness(at: now)
            if idleness > (isEnding ? settings.farewell : settings.patience) { return hangUp() }
            if let longest, now - begin >= longest { queue.end(.waited) }
            guard now >= nextBeat else { continue }
            nextBeat = now + settings.beat
            queue.beat()
            if !(await isAdmitted()) { queue.end(.credential) }
        }
    }
}
