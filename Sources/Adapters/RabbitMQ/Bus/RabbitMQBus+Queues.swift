internal import Logging
internal import RabbitMQ
public import SagaEngine
internal import SagaWire

extension RabbitMQBus {
    /// Of each participant the queue of its commands. Empty if the broker cannot be asked at present.
    public func queues(of participants: [String]) async -> [String: QueueState] {
        guard publisher.state == .connected, !participants.isEmpty else { return [:] }
        let names = participants.prefix(ParticipantRecord.most)
        do throws(RabbitMQError) {
            let found = try await inspector.look(at: names.map { SagaWire.Topology.Queue.commands(of: $0) })
            var queues: [String: QueueState] = [:]
            for name in names {
                guard let queue = found[SagaWire.Topology.Queue.commands(of: name)] else { continue }
                queues[name] = queue.map { QueueState(consumers: $0.consumers, ready: $0.messages) } ?? .missing
            }
            return queues
        } catch {
            log.debug("the queues of the participants cannot be looked at", metadata: ["error": "\(error)"])
            return [:]
        }
    }
}
