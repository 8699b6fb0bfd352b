internal import Logging
internal import Synchronization

/// Tells those who see to the server why JWTs are not believed: the answer does not, since it goes to whoever guesses.
///
/// A line for each reason, and the next a minute later at the earliest, which says how many there were: whoever sends
/// nonsense fills no log.
final class JWTRefusalLog: Sendable {
    private struct Count {
        var toldAt: ContinuousClock.Instant
        var untold = 0
    }

    private static let pause = Duration.seconds(60)

    private let counts = Mutex<[JWTVerifier.Refusal: Count]>([:])
    private let log: Logger

    init(_ log: Logger) {
        self.log = log
    }

    /// - Parameter address: from where it came.
    func note(_ refusal: JWTVerifier.Refusal, from address: String?, at now: ContinuousClock.Instant = .now) {
        let untold: Int? = counts.withLock { counts in
            if let count = counts[refusal], now - count.toldAt < Self.pause {
                counts[refusal]?.untold += 1
                return nil
            }
            return counts.updateValue(Count(toldAt: now), forKey: refusal)?.untold ?? 0
        }
        guard let untold else { return }
        var metadata: Logger.Metadata = ["reason": "\(refusal.rawValue)"]
        metadata["from"] = address.map { "\($0)" }
        if untold > 0 { metadata["before"] = "\(untold)" }
        log.notice("a JWT is not believed", metadata: metadata)
    }
}
