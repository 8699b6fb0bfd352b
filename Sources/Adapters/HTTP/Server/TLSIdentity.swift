internal import NIOSSL

/// What a server proves by that it is who it says: a certificate with those above it, and its key.
public struct TLSIdentity: Sendable {
    let configuration: TLSConfiguration

    /// Files that cannot be used: which, and why.
    public struct Unusable: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - certificate: a file in PEM with the server's own certificate first.
    ///   - key: a file in PEM, without a password.
    public init(certificate: String, key: String) throws(Unusable) {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            throw Unusable(description: "\(certificate) has no certificate in PEM that can be read")
        }
        guard let secret = try? NIOSSLPrivateKey(file: key, format: .pem) else {
            throw Unusable(description: "\(key) has no private key in PEM that can be read without a password")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        // Older ones are broken (RFC 8996).
        configuration.minimumTLSVersion = .tlsv12
        // Says now whether the two belong together, and not to the first who calls.
        guard (try? NIOSSLContext(configuration: configuration)) != nil else {
            throw Unusable(description: "the key in \(key) is not that of the certificate in \(certificate)")
        }
        self.configuration = configuration
    }
}
