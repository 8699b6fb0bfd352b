/// What a consumer was asked to do.
struct ConsumerSettings: Sendable {
    let configuration: RabbitMQConfiguration
    let topology: Topology
    let queue: String
    let prefetch: Int
    let consumerTag: String
    let largestBatch: Int
}
