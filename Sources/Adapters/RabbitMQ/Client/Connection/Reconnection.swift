internal import Logging

/// The course of tries to get and keep a connection: how long to wait, and what to say.
struct Reconnection {
    let policy: ReconnectPolicy
    let logger: Logger
    private var attempt = 0
    private var connectedSince: ContinuousClock.Instant?
    /// Why there is no connection.
    private(set) var lastError: RabbitMQError?

    init(policy: ReconnectPolicy, logger: Logger) {
        self.policy = policy
        self.logger = logger
    }

    mutating func succeeded() {
        if lastError != nil { logger.info("connected to RabbitMQ again") }
        connectedSince = .now
        lastError = nil
    }

    /// Says what happened, once per cause, and returns how long to wait before the next try.
    mutating func failed(_ error: RabbitMQError) -> Duration {
        // One that breaks as soon as it is made is no success.
        if let since = connectedSince.take(), ContinuousClock.now - since > policy.maximum { attempt = 0 }
        let level: Logger.Level = error.code == lastError?.code ? .debug : error.needsAttention ? .error : .warning
        logger.log(level: level, "no RabbitMQ: \(error.message)", metadata: ["code": "\(error.code.rawValue)"])
        lastError = error
        defer { attempt += 1 }
        return policy.delay(attempt: attempt, random: .random(in: 0..<1))
    }
}
