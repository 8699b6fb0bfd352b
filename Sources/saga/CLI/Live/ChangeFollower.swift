internal import Foundation
internal import FoundationNetworking
internal import SagaAPI
internal import SagaValues

/// A stream of changes, read over as many connections as it takes.
struct ChangeFollower {
    let client: Client
    let path: String
    var query: [(String, String?)] = []
    /// Told when a connection was lost and another one is made.
    var whenLost: (String) -> Void = { _ in }

    /// Before a connection that ended is made again, so that one that ends at once does no harm.
    private static let breath = Duration.milliseconds(200)
    /// Pauses between attempts to connect: from one second to this.
    private static let longestPause = Duration.seconds(15)
    /// How long nobody may answer before that is an error.
    private static let patience = Duration.seconds(300)
    /// Longer than heartbeats are apart: a server from which nothing comes is gone.
    private static let silence = 45.0

    /// Follows until `body` says that it has enough, or nothing will follow any more.
    ///
    /// - Parameter body: gets each event once or more; false ends it.
    /// - Throws: a ``Problem`` that waiting will not mend; ``ClientError`` if no server answers, at first or for long.
    func follow(_ body: (EventParser.Event) async throws -> Bool) async throws {
        var parser = EventParser()
        var pause = Duration.seconds(1)
        var lastAnswer: ContinuousClock.Instant?
        while true {
            let outcome: Outcome
            do {
                outcome = try await connect(&parser, body)
            } catch let problem as Problem where problem.status == 429 || problem.status >= 500 {
                guard let last = lastAnswer, ContinuousClock.now - last < Self.patience else { throw problem }
                outcome = .lost(problem.title)
            } catch let error as ClientError {
                guard let last = lastAnswer, ContinuousClock.now - last < Self.patience else { throw error }
                outcome = .lost("no server answers")
            }
            switch outcome {
            case .enough: return
            case .cut:
                (lastAnswer, pause) = (.now, .seconds(1))
                try await Task.sleep(for: Self.breath)
            case .lost(let why):
                whenLost(why)
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private enum Outcome {
        /// Nothing more is wanted, or will come.
        case enough
        /// The connection was there and ended.
        case cut
        case lost(String)
    }

    private func connect(
        _ parser: inout EventParser, _ body: (EventParser.Event) async throws -> Bool
    ) async throws -> Outcome {
        var request = try client.request(.get, path, query: query, patience: Self.silence)
        if !parser.lastID.isEmpty { request.setValue(parser.lastID, forHTTPHeaderField: "Last-Event-ID") }
        // What was left of an event is told again.
        var reader = parser.anew
        var (outcome, isOpen) = (Outcome.cut, false)
        var refusal: (status: Int, bytes: [UInt8])?
        do {
            try await LiveExchange.follow(request) { status, bytes in
                guard status == 200 else {
                    if status == 204 { outcome = .enough }
                    refusal = (status, (refusal?.bytes ?? []) + bytes.prefix(1 << 20))
                    return status != 204
                }
                isOpen = true
                for event in reader.take(bytes) where !(try await body(event)) {
                    outcome = .enough
                    return false
                }
                return true
            }
        } catch let error as URLError {
            parser = reader
            guard isOpen else { throw ClientError.unreachable(client.url, error.localizedDescription) }
            return .cut
        }
        parser = reader
        guard let refusal, case .cut = outcome else { return outcome }
        guard let json = try? JSON(parsing: refusal.bytes),
            let problem = try? JSONValueDecoder.decode(Problem.self, from: json)
        else { throw ClientError.strange(client.url, refusal.status) }
        throw problem
    }
}

extension EventParser {
    /// For the next connection.
    fileprivate var anew: EventParser { EventParser(lastID: lastID) }
}
