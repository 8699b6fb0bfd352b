internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Whether the process lives, and whether it should get work. Open to all, so they tell little.
struct HealthRoutes {
    let engine: Engine
    let store: any SagaStore

    struct Health: Codable {
        let status: String
        let why: String?
    }

    func add(to router: Router<BasicRequestContext>) {
        router.get("health/live") { _, _ in Answer(Health(status: "alive", why: nil)) }
        router.get("health/ready") { _, _ in
            if let why = await unreadiness() {
                return Answer(Health(status: "not ready", why: why), status: .serviceUnavailable)
            }
            return Answer(Health(status: "ready", why: nil))
        }
    }

    private func unreadiness() async -> String? {
        if let why = engine.unreadiness { return why }
        do {
            _ = try await store.ping()
            return nil
        } catch {
            return error.message
        }
    }
}
