internal import Postgres
internal import RabbitMQ

/// A way to another machine on which somebody could listen, or pose as whom we mean.
struct Exposure: Sendable, Hashable {
    /// The setting that closes it.
    let setting: String
    let host: String
    let meaning: String
}

extension ServerConfiguration {
    /// What a start warns of. A network may be trusted, so it is no reason to refuse.
    var exposures: [Exposure] {
        var found: [Exposure] = []
        // A folder is that of a Unix socket.
        if !postgres.host.hasPrefix("/"), !Loopback.contains(postgres.host) {
            switch postgres.tls {
            case .disable:
                found.append(
                    Exposure(
                        setting: Settings.postgresTLS.key, host: postgres.host,
                        meaning: "what is said to PostgreSQL crosses the network in plain text, payloads among it"))
            case .require:
                found.append(
                    Exposure(
                        setting: Settings.postgresTLS.key, host: postgres.host,
                        meaning: "nobody verifies that it is PostgreSQL to which passwords and payloads go"))
            case .verifyFull: break
            }
        }
        if rabbitMQ.tls == nil, !Loopback.contains(rabbitMQ.host) {
            found.append(
                Exposure(
                    setting: Settings.rabbitTLS.key, host: rabbitMQ.host,
                    meaning: "what is said to RabbitMQ crosses the network in plain text, the password among it"))
        }
        return found
    }
}
