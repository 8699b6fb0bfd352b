public import SagaValues

/// Where the broker is, who we are, and how patient the connection is.
public struct RabbitMQConfiguration: Sendable {
    /// TLS with the peer's chain and host name verified; there is no way to switch that off.
    public struct TLS: Sendable {
        /// A PEM file of trusted roots; nil takes the system's.
        public var rootCertificates: String?
        /// The name that the certificate must carry; nil takes ``RabbitMQConfiguration/host``.
        public var serverName: String?
        /// PEM files, for brokers that ask clients for a certificate.
        public var clientCertificate: String?
        public var clientKey: String?

        public init(
            rootCertificates: String? = nil,
            serverName: String? = nil,
            clientCertificate: String? = nil,
            clientKey: String? = nil
        ) {
            self.rootCertificates = rootCertificates
            self.serverName = serverName
            self.clientCertificate = clientCertificate
            self.clientKey = clientKey
        }
    }

    public var host: String
    public var port: Int
    public var user: String
    public var password: Secret
    public var vhost: String
    /// Nil speaks plain TCP.
    public var tls: TLS?
    /// What operators see in the broker's list of connections.
    public var connectionName: String
    /// Asked for, in whole seconds, at least one; the smaller of ours and the broker's counts. A peer that is silent
    /// for two of them is given up.
    public var heartbeat: Duration = .seconds(10)
    /// For the connect, TLS and login together.
    public var connectTimeout: Duration = .seconds(5)
    /// For one declaration or other request; quorum queues may take seconds to form.
    public var requestTimeout: Duration = .seconds(20)
    /// How long a graceful shutdown waits for confirms (publisher) or for the handler and its acknowledgements (consumer).
    public var drainTimeout: Duration = .seconds(5)
    /// How long a command may wait for the broker's confirm before it counts as not sent; it is made again then.
    public var confirmTimeout: Duration = .seconds(30)
    /// How many bytes of messages that were published with a time limit may be unsettled; those beyond are not taken.
    public var unconfirmedLimit: Int = 64 << 20
    /// The largest frame asked for, in bytes, at least 4,096; bodies that are larger are split.
    public var frameMax: Int = 131_072
    public var reconnect = ReconnectPolicy()

    public init(
        host: String = "127.0.0.1",
        port: Int = 5672,
        user: String = "guest",
        password: Secret = Secret("guest"),
        vhost: String = "/",
        tls: TLS? = nil,
        connectionName: String = "saga"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.vhost = vhost
        self.tls = tls
        self.connectionName = connectionName
    }
}

/// How long to wait before the next try: exponential, capped, and spread so that many clients do not come at once.
public struct ReconnectPolicy: Sendable, Hashable {
    public var initial: Duration
    public var maximum: Duration

    public init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(5)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// The delay before try number `attempt` (from 0): between half and all of the exponential value.
    ///
    /// - Parameter random: 0 up to 1.
    func delay(attempt: Int, random: Double) -> Duration {
        let doubled = initial * (1 << min(max(attempt, 0), 20))
        return min(doubled, maximum) * (0.5 + random / 2)
    }
}
