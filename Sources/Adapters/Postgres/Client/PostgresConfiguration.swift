public import SagaValues

/// Where a PostgreSQL server is and how its connections behave.
public struct PostgresConfiguration: Sendable {
    /// Whether the connection is encrypted and the server's identity checked.
    ///
    /// There is no "if the server offers it": whoever can cut in could then switch the encryption off.
    /// Unix sockets are never encrypted, whatever is asked for.
    public enum TLS: Sendable, Hashable {
        case disable
        /// Encrypts, and trusts whatever certificate the server shows.
        case require
        /// Encrypts, and checks the certificate's chain and that it was made out to ``PostgresConfiguration/host``.
        case verifyFull(rootCertificate: String)
    }

    /// What a client proves by who it is: PEM files, the key readable by its owner alone and without a password.
    public struct ClientCertificate: Sendable, Hashable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// A host name, an address, or the folder of a Unix socket (begins with a slash).
    public var host: String
    public var port: Int
    public var user: String
    public var password: Secret?
    public var database: String
    public var tls: TLS
    /// Shown to servers that ask for one; used with TLS only.
    public var clientCertificate: ClientCertificate?
    /// Shown in `pg_stat_activity`, so that a person can tell who holds a lock. At most 63 bytes count.
    public var applicationName: String

    /// For all of a connection attempt: name lookup, TCP, TLS, authentication.
    public var connectTimeout: Duration = .seconds(5)
    /// The server's own limit for one statement (`statement_timeout`).
    public var statementTimeout: Duration = .seconds(30)
    /// How long the server lets a transaction lie idle before it ends the session: an idle one holds its
    /// locks and keeps vacuum from removing dead rows everywhere.
    public var idleInTransactionTimeout: Duration = .seconds(30)
    /// How long sent bytes may stay unacknowledged, and a silent peer unprobed, before the connection
    /// counts as lost.
    public var peerTimeout: Duration = .seconds(15)

    public init(
        host: String,
        port: Int = 5432,
        user: String,
        password: Secret? = nil,
        database: String,
        tls: TLS = .disable,
        applicationName: String = "saga"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.applicationName = applicationName
    }

    /// What an operation may take when its caller names no deadline: long enough for the server's own
    /// limit to strike first, as its message says more.
    var defaultDeadline: Duration { statementTimeout + .seconds(5) }
}
