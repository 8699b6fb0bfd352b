internal import SagaAPI
internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// What roles did not let people ask for, in the audit: who, what and from where.
///
/// Asking costs nothing, and a line stays for ever. So a credential has 20 lines, and one more each minute, and a node 200 and
/// one more each second; the next line that is written says how many were left out.
final class DenialBook: Sendable {
    private let engine: Engine
    private let own: RateLimiter
    private let all: RateLimiter
    private let leftOut = Mutex<[String: Int]>([:])

    /// How many credentials are counted for. More at once are an attack, and the counts are the least of it.
    private static let countLimit = 10_000

    init(
        engine: Engine, own: RateLimiter = RateLimiter(every: .seconds(60), burst: 20),
        all: RateLimiter = RateLimiter(every: .seconds(1), burst: 200)
    ) {
        (self.engine, self.own, self.all) = (engine, own, all)
    }

    /// - Parameters:
    ///   - route: as the table has it: what stands in its places may be anything.
    ///   - saga: the one in the path.
    func note(_ method: String, _ route: String, saga: UUID?, _ why: String, by requester: Requester) async {
        let key = "\(requester.credential) \(requester.subject)"
        guard own.take(key) == nil, all.take("") == nil else {
            leftOut.withLock { counts in
                if counts[key] == nil, counts.count >= Self.countLimit { counts = [:] }
                counts[key, default: 0] += 1
            }
            return
        }
        let missing = leftOut.withLock { $0.removeValue(forKey: key) } ?? 0
        await engine.recordDenial(
            of: "\(method) \(route)", about: saga, why: why, leftOut: missing, by: requester)
    }
}
