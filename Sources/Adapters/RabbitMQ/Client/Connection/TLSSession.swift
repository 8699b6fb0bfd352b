internal import CRabbitMQ

/// Encrypts what leaves and decrypts what arrives; the socket stays with the ``Connection``.
final class TLSSession {
    private let handle: OpaquePointer

    init(_ options: RabbitMQConfiguration.TLS, host: String) throws(RabbitMQError) {
        var problem = [CChar](repeating: 0, count: 512)
        let handle = crabbitmq_tls_new(
            options.serverName ?? host,
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

    private static func failure(_ problem: [CChar]) -> RabbitMQError {
        let text = String(decoding: problem.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return RabbitMQError(.tlsFailed, text)
    }

    /// Advances the handshake; true once it is done.
    func handshake() throws(RabbitMQError) -> Bool {
        var problem = [CChar](repeating: 0, count: 512)
        let result = crabbitmq_tls_handshake(handle, &problem, problem.count)
        if result < 0 { throw Self.failure(problem) }
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
        let count = crabbitmq_tls_read(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw RabbitMQError(.connectionLost, "RabbitMQ ended the TLS session") }
        return count > 0 ? count : nil
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
