/// What went wrong between us and the broker.
///
/// Decide on ``code``; ``message`` is for people. Neither ever holds a password.
public struct RabbitMQError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The closed list of causes. The raw value is the stable code of the page in `docs/errors`.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// Nobody answers at the address, or not in time.
        case cannotConnect = "SAGA-0501"
        /// User or password refused, or the user may not use the virtual host.
        case loginRefused = "SAGA-0502"
        /// TLS could not be agreed or the certificate is not to be trusted.
        case tlsFailed = "SAGA-0503"
        /// The connection ended without a word; what was in flight has an unknown outcome.
        case connectionLost = "SAGA-0504"
        /// The broker was silent for two heartbeats.
        case heartbeatMissed = "SAGA-0505"
        /// The broker closed the connection and said why (shutdown, an operator, an internal error).
        case closedByBroker = "SAGA-0506"
        case exchangeNotFound = "SAGA-0507"
        case queueNotFound = "SAGA-0508"
        /// An exchange or queue exists with other arguments than declared (406).
        case argumentsChanged = "SAGA-0509"
        /// The user lacks a permission (403).
        case permissionDenied = "SAGA-0510"
        /// Another connection has the queue for itself (405).
        case queueLocked = "SAGA-0511"
        /// The broker closed a channel for another reason, given in the message.
        case channelClosed = "SAGA-0512"
        /// A message that AMQP cannot carry; it was not sent.
        case invalidMessage = "SAGA-0513"
        /// The broker holds publishers back (memory or disk alarm).
        case blocked = "SAGA-0514"
        /// The peer does not speak AMQP 0-9-1 as we know it.
        case protocolViolation = "SAGA-0515"
        /// The broker did not answer a request in time.
        case timedOut = "SAGA-0516"
        /// This publisher or consumer is shutting down or has not been started.
        case stopped = "SAGA-0517"
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }

    /// Waiting alone will not mend it: configuration, permissions or declarations must change.
    public var needsAttention: Bool {
        switch code {
        case .loginRefused, .tlsFailed, .exchangeNotFound, .queueNotFound, .argumentsChanged, .permissionDenied,
            .queueLocked, .invalidMessage, .protocolViolation:
            true
        case .cannotConnect, .connectionLost, .heartbeatMissed, .closedByBroker, .channelClosed, .blocked, .timedOut,
            .stopped:
            false
        }
    }
}
