internal import Postgres
internal import RabbitMQ
internal import SagaValues

/// Where the database and the broker are, and how the way there is protected.
extension ServerConfiguration {
    static func postgres(_ source: ConfigurationSource) throws(ConfigurationError) -> PostgresConfiguration {
        let mode = try source.require(Settings.postgresTLS)
        let root = try source.value(Settings.postgresRootCertificate)
        let tls: PostgresConfiguration.TLS
        switch mode {
        case .disable: tls = .disable
        case .require: tls = .require
        case .verifyFull:
            guard let root else { throw .missing(Settings.postgresRootCertificate.description) }
            tls = .verifyFull(rootCertificate: root)
        }
        if root != nil, mode != .verifyFull {
            throw .useless(Settings.postgresRootCertificate.key, because: "postgres.tls is \(mode.rawValue)")
        }
        let pair = try pair(source, Settings.postgresCertificate, Settings.postgresKey)
        if pair != nil, mode == .disable {
            throw .useless(Settings.postgresCertificate.key, because: "postgres.tls is \(mode.rawValue)")
        }
        var configuration = PostgresConfiguration(
            host: try source.require(Settings.postgresHost), port: try source.require(Settings.postgresPort),
            user: try source.require(Settings.postgresUser), password: try source.value(Settings.postgresPassword),
            database: try source.require(Settings.postgresDatabase), tls: tls, applicationName: "saga")
        configuration.clientCertificate = pair.map { .init(certificate: $0.certificate, key: $0.key) }
        return configuration
    }

    static func rabbitMQ(_ source: ConfigurationSource) throws(ConfigurationError) -> RabbitMQConfiguration {
        let mode = try source.require(Settings.rabbitTLS)
        let root = try source.value(Settings.rabbitRootCertificate)
        let pair = try pair(source, Settings.rabbitCertificate, Settings.rabbitKey)
        var tls: RabbitMQConfiguration.TLS?
        if mode == .verifyFull {
            tls = RabbitMQConfiguration.TLS(
                rootCertificates: root, clientCertificate: pair?.certificate, clientKey: pair?.key)
        } else if root != nil || pair != nil {
            let key = root == nil ? Settings.rabbitCertificate.key : Settings.rabbitRootCertificate.key
            throw .useless(key, because: "rabbitmq.tls is \(mode.rawValue)")
        }
        return RabbitMQConfiguration(
            host: try source.require(Settings.rabbitHost), port: try source.require(Settings.rabbitPort),
            user: try source.require(Settings.rabbitUser),
            password: try source.value(Settings.rabbitPassword) ?? Secret(""),
            vhost: try source.require(Settings.rabbitVirtualHost), tls: tls, connectionName: "saga engine")
    }

    /// A certificate and its key: both or neither.
    static func pair(
        _ source: ConfigurationSource, _ certificate: Setting<String>, _ key: Setting<String>
    ) throws(ConfigurationError) -> (certificate: String, key: String)? {
        switch (try source.value(certificate), try source.value(key)) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return (certificate, key)
        case (nil, _?): throw .missing(certificate.description)
        case (_?, nil): throw .missing(key.description)
        }
    }
}

extension ConfigurationError {
    /// Whoever names an authority or a certificate means to have it used: to pass it over would leave the way open.
    fileprivate static func useless(_ key: String, because reason: String) -> ConfigurationError {
        ConfigurationError(
            .malformedValue,
            "\(key) is given, and would not be used, since \(reason); set that to verify-full, or leave \(key) out")
    }
}
