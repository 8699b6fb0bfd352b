internal import Glibc

/// Why there is no TLS session that can be trusted, and what is to be done about it.
///
/// By libpq's words: it has no codes for this, and tells of OpenSSL's verdict only that there is one.
enum TLSTrouble: Sendable, Hashable {
    /// The server's chain does not lead to the authority, or is not valid at this time.
    case untrusted
    /// The certificate was made out to another name.
    case otherName
    /// The server speaks no TLS.
    case notOffered
    /// There is no version that both speak.
    case version
    /// The server wants a certificate of ours, or another one.
    case ours
    case other

    /// - Returns: nil if the reason is not about TLS.
    init?(_ reason: String) {
        func tells(_ words: String...) -> Bool { words.contains { reason.contains($0) } }
        if tells("certificate verify failed") {
            self = .untrusted
        } else if tells("does not match host name") {
            self = .otherName
        } else if tells("does not support SSL") {
            self = .notOffered
        } else if tells("unsupported protocol", "protocol version", "no protocols available") {
            self = .version
        } else if tells("private key file", "certificate file \"", "alert") && !tells("root certificate file") {
            self = .ours
        } else if tells("SSL", "certificate") {
            self = .other
        } else {
            return nil
        }
    }

    func advice(_ configuration: PostgresConfiguration) -> String {
        switch self {
        case .untrusted:
            """
            the server's certificate does not lead to the authority in \(configuration.rootCertificate), or is not valid \
            now: "openssl s_client -starttls postgres -connect \(configuration.host):\(configuration.port) \
            -CAfile \(configuration.rootCertificate)" tells which
            """
        case .otherName: "connect by a name that the server's certificate bears"
        case .notOffered: "switch TLS on at the server (ssl = on); no password was sent"
        case .version: "the server must speak TLS 1.2 or later"
        case .ours: "give a client certificate that the server's ssl_ca_file has signed, and its key"
        case .other: "see what the server's log says"
        }
    }
}

extension PostgresConfiguration {
    fileprivate var rootCertificate: String {
        if case .verifyFull(let file) = tls { file } else { "" }
    }

    /// libpq goes on without a client certificate whose file is not there, and the server would tell half of it.
    func checkFiles() throws(PostgresError) {
        guard tls != .disable, let clientCertificate else { return }
        for file in [clientCertificate.certificate, clientCertificate.key] where access(file, R_OK) != 0 {
            throw PostgresError(
                .tlsFailed,
                "the client certificate for PostgreSQL needs \(file), which cannot be read: "
                    + String(cString: strerror(errno)))
        }
    }
}
