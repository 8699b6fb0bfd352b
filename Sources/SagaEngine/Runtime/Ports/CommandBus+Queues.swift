extension CommandBus {
    /// A bus that cannot look at its queues knows nothing of them.
    public func queues(of participants: [String]) async -> [String: QueueState] { [:] }
}
