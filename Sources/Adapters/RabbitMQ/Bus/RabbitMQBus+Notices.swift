public import SagaEngine
public import SagaValues

extension RabbitMQBus {
    /// Publishes a domain event of the orchestrator's own, and waits until it is settled.
    ///
    /// - Parameter id: the same when it is published again.
    public func publish(notice id: UUID, name: String, body: JSON) async -> SendOutcome {
        await publish([Announcement(id: id.description, name: name, body: body, trace: nil)])[0]
    }
}
