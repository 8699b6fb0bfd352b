internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// How the way to the participants is.
public enum BrokerCondition: String, Codable, Sendable, CaseIterable {
    case here
    /// Connected, but it takes no messages at present.
    case blocked
    case away
}

/// Whether the process lives, and whether it should get work. Open to all, so they tell little.
struct HealthRoutes {
    let engine: Engine
    let store: any SagaStore
    let broker: @Sendable () -> BrokerCondition

    struct Life: Codable {
        let status: String
    }

    struct Readiness: Codable {
        let status: String
        /// Why it is not ready; nil if it is.
        let why: String?
        let database: String
        let broker: BrokerCondition
    }

    func add(to router: Routes) {
        router.getOpen("health/live", .live) { Answer(Life(status: "alive")) }
        router.getOpen("health/ready", .ready) {
            let (why, database) = await unreadiness()
            // A node without its broker is ready all the same: it takes starts in, and their commands wait in
            // the database. To take it out of service would turn a pause into a failure for those who start.
            return Answer(
                Readiness(
                    status: why == nil ? "ready" : "not ready", why: why, database: database ? "here" : "away",
                    broker: broker()),
                status: why == nil ? .ok : .serviceUnavailable)
        }
    }

    /// Why the node cannot work, if it cannot, and whether the database answers.
    private func unreadiness() async -> (why: String?, database: Bool) {
        do {
            _ = try await store.ping()
            return (engine.unreadiness, true)
        } catch {
            return (error.message, false)
        }
    }
}
