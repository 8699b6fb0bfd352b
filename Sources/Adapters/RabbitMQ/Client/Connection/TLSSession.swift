internal import CRabbitMQ

/// Encrypts what leaves and decrypts what arrives; the socket stays with the ``Connection``.
final class TLSSession {
    private let handle: OpaquePointer
    /// The name that the broker's certificate must bear.
    private let name: String
    private let rootCertificates: String?

    init(_ options: RabbitMQConfiguration.TLS, host: String) throws(RabbitMQError) {
        name = options.serverName ?? host
        rootCertificates = options.rootCertificates
        var problem = [CChar](repeating: 0, count: 512)
        let handle = crabbitmq_tls_new(
            name,
            options.rootCertificates,
            options.clientCertificate,
            options.clientKey,
            &problem,
            problem.count
        )
        guard let handle else { throw Self.failure(problem) }
        self.handle = handle
    }

    deinit {
        crabbitmq_tls_free(handle)
    }

    private static func text(_ problem: [CChar]) -> String {
        String(decoding: problem.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func failure(_ problem: [CChar]) -> RabbitMQError {
        RabbitMQError(.tlsFailed, text(problem))
    }

    /// What is to be done about the failure that OpenSSL has just told of.
    private var advice: String {
        switch crabbitmq_tls_fault_of(handle) {
        case CRABBITMQ_TLS_CHAIN:
            "; the broker's certificate does not lead to \(rootCertificates.map { "the authority in \($0)" } ?? "an authority of this system"): "
                + "give the root certificate that signed it"
        case CRABBITMQ_TLS_TIME: "; the broker needs a new certificate, unless a clock is wrong"
        case CRABBITMQ_TLS_NAME: "; its certificate is not made out to \(name): connect by a name that it bears"
        case CRABBITMQ_TLS_PLAIN: "; nobody speaks TLS at this port, 5671 is usual for it; no password was sent"
        case CRABBITMQ_TLS_VERSION: "; the broker must speak TLS 1.2 or later"
        case CRABBITMQ_TLS_CLIENT: "; the broker wants a client certificate that its authority has signed"
        default: ""
        }
    }

    /// Advances the handshake; true once it is done.
    func handshake() throws(RabbitMQError) -> Bool {
        var problem = [CChar](repeating: 0, count: 512)
        let result = crabbitmq_tls_handshake(handle, &problem, problem.count)
        if result < 0 { throw RabbitMQError(.tlsFailed, Self.text(problem) + advice) }
        return result > 0
    }

    func encrypt(_ bytes: UnsafeRawBufferPointer) throws(RabbitMQError) {
        guard !bytes.isEmpty else { return }
        guard crabbitmq_tls_write(handle, bytes.baseAddress, bytes.count) == 0 else {
            throw RabbitMQError(.connectionLost, "the TLS session broke")
        }
    }

    /// Nil when more must arrive first.
    func decrypt(into buffer: UnsafeMutableRawBufferPointer) throws(RabbitMQError) -> Int? {
        var problem = [CChar](repeating: 0, count: 512)
        let count = crabbitmq_tls_read(handle, buffer.baseAddress, buffer.count, &problem, problem.count)
        if count >= 0 { return count > 0 ? count : nil }
        // With TLS 1.3 the broker looks at our certificate only when the handshake is over on our side.
        let isAboutUs = crabbitmq_tls_fault_of(handle) == CRABBITMQ_TLS_CLIENT
        throw RabbitMQError(isAboutUs ? .tlsFailed : .connectionLost, Self.text(problem) + advice)
    }

    func arrived(_ bytes: UnsafeRawBufferPointer) throws(RabbitMQError) {
        guard crabbitmq_tls_arrived(handle, bytes.baseAddress, bytes.count) == 0 else {
            throw RabbitMQError(.connectionLost, "no memory for the TLS session")
        }
    }

    /// Moves what must be sent to the end of `buffer`.
    func departing(into buffer: OutputBuffer) {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { space in
            while true {
                let count = crabbitmq_tls_departing(handle, space.baseAddress, space.count)
                guard count > 0 else { return }
                buffer.append(UnsafeRawBufferPointer(rebasing: space.prefix(count)))
            }
        }
    }
}
