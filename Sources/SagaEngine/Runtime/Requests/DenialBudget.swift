internal import SagaValues
internal import Synchronization

/// How many lines of the audit there are for what people may not ask for.
///
/// Asking costs nothing, and a line stays for ever. So a credential has 20 lines, and one more each minute, and a node 200 and
/// one more each second; the next line that is written says how many were left out.
final class DenialBudget: Sendable {
    private struct Bucket {
        var lines: Double
        var filledAt: ContinuousClock.Instant
        var leftOut = 0

        mutating func fill(upTo limit: Double, _ pause: Duration, at now: ContinuousClock.Instant) {
            lines = min(limit, lines + max(.zero, now - filledAt) / pause)
            filledAt = max(filledAt, now)
        }
    }

    private struct State {
        var own: [String: Bucket] = [:]
        var all: Bucket?
    }

    static let ownLines = 20
    static let ownPause = Duration.seconds(60)
    static let allLines = 200
    static let allPause = Duration.seconds(1)
    /// How many credentials are kept. A bucket that is full again and misses nothing is as good as none.
    static let credentialLimit = 10_000

    private let state = Mutex(State())

    /// Takes a line for somebody.
    ///
    /// - Returns: how many are missing before it; nil if it is to be left out too.
    func take(_ requester: Requester, at now: ContinuousClock.Instant = .now) -> Int? {
        // Many people may show what one key has signed.
        let key = "\(requester.credential) \(requester.subject)"
        return state.withLock { state in
            var all = state.all ?? Bucket(lines: Double(Self.allLines), filledAt: now)
            var own = state.own[key] ?? Bucket(lines: Double(Self.ownLines), filledAt: now)
            all.fill(upTo: Double(Self.allLines), Self.allPause, at: now)
            own.fill(upTo: Double(Self.ownLines), Self.ownPause, at: now)
            // Who has none left of their own takes none from others.
            let isThere = own.lines >= 1 && all.lines >= 1
            let missing = own.leftOut
            if isThere {
                own.lines -= 1
                all.lines -= 1
            }
            own.leftOut = isThere ? 0 : missing + 1
            if state.own[key] == nil, state.own.count >= Self.credentialLimit { state.own = [:] }
            state.own[key] = own
            state.all = all
            return isThere ? missing : nil
        }
    }

    /// What a line says of it.
    static func detail(_ why: String, leftOut: Int) -> JSON.Object {
        var detail: JSON.Object = ["refusal": .string(why)]
        if leftOut > 0 { detail["leftOut"] = .number("\(leftOut)") }
        return detail
    }
}
