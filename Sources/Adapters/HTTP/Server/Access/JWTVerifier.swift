internal import Foundation
internal import JWTKit
internal import Logging
internal import SagaEngine
internal import SagaValues
internal import Synchronization

/// Believes JSON Web Tokens (RFC 7519) that one of its keys has signed, for this server, and for now.
public final class JWTVerifier: Sendable {
    private let configuration: JWTConfiguration
    private let shared: JWTKey?
    private let keys: Mutex<(file: [UInt8], keys: [String: JWTKey])>

    /// Why a token is not believed. Told to nobody but the log.
    enum Refusal: String, Error {
        case malformed, unknownKey = "unknown key", wrongAlgorithm = "wrong algorithm", wrongSignature =
            "wrong signature"
        case unknownExtension = "a critical extension", noExpiry = "no expiry", expired, notYet = "not valid yet"
        case wrongIssuer = "wrong issuer", wrongAudience = "wrong audience", noSubject = "no subject"
        case noRole = "no role that is known", noTenant = "no tenant", wrongGroups = "groups that are no texts"
    }

    public init(_ configuration: JWTConfiguration) async throws(JWTKeyError) {
        self.configuration = configuration
        if let secret = configuration.secret { shared = try await .shared(secret) } else { shared = nil }
        guard let file = configuration.keyFile else {
            keys = Mutex(([], [:]))
            return
        }
        let bytes = try Self.read(file)
        do throws(JWTKeyError) {
            keys = Mutex((bytes, try await JWTKey.set(bytes)))
        } catch {
            throw JWTKeyError("\(file): \(error)")
        }
    }

    /// Looks at the file with the keys again and again, until cancelled. What cannot be used does not replace what can.
    func watch(every pause: Duration, _ log: Logger) async {
        guard let file = configuration.keyFile else { return }
        var reported: [UInt8]?
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            guard !Task.isCancelled, let bytes = try? Self.read(file), bytes != keys.withLock({ $0.file }),
                bytes != reported
            else { continue }
            do throws(JWTKeyError) {
                let fresh = try await JWTKey.set(bytes)
                keys.withLock { $0 = (bytes, fresh) }
                log.notice("the keys for JWTs are replaced", metadata: ["keys": "\(fresh.keys.sorted())"])
            } catch {
                reported = bytes
                log.error(
                    "the file with the keys for JWTs cannot be used; the keys from before stay",
                    metadata: ["file": "\(file)", "error": "\(error)"])
            }
        }
    }

    private static func read(_ file: String) throws(JWTKeyError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else { throw JWTKeyError("cannot read \(file)") }
        guard data.count <= 1 << 20 else { throw JWTKeyError("\(file) has more than a megabyte") }
        return Array(data)
    }

    /// Whom a token stands for.
    func read(_ credential: Secret, at now: Timestamp, from address: String?) throws(Refusal) -> Requester {
        let parts = credential.reveal().utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let signature = Base64URL.decode(parts[2]) else {
            throw .malformed
        }
        // Nothing of the payload is read before the signature is known to be right.
        let (key, id) = try key(for: header)
        let signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
        guard (try? key.algorithm.verify(signature, signs: signed)) == true else { throw .wrongSignature }
        guard let claims = Self.object(parts[1]) else { throw .malformed }
        try check(claims, at: now)
        return try requester(claims, key: id, address)
    }

    /// The key that the header names. Its algorithm is the key's, and the header has to agree.
    private func key(for header: JSON.Object) throws(Refusal) -> (JWTKey, id: String) {
        guard header["crit"] == nil else { throw .unknownExtension }
        let key: JWTKey?
        let id: String
        if let given = header["kid"] {
            guard let name = given.stringValue else { throw .malformed }
            (key, id) = (keys.withLock { $0.keys[name] }, name)
        } else {
            (key, id) = (shared, "shared")
        }
        guard let key else { throw .unknownKey }
        guard header["alg"]?.stringValue == key.algorithm.name else { throw .wrongAlgorithm }
        return (key, id)
    }

    private func check(_ claims: JSON.Object, at now: Timestamp) throws(Refusal) {
        let seconds = Double(now.microseconds) / 1_000_000
        let leeway = configuration.leeway / .seconds(1)
        guard let expiry = claims["exp"]?.numberText.flatMap(Double.init) else { throw .noExpiry }
        guard seconds < expiry + leeway else { throw .expired }
        if let start = claims["nbf"] {
            guard let start = start.numberText.flatMap(Double.init), seconds >= start - leeway else { throw .notYet }
        }
        guard claims["iss"]?.stringValue?.hasSameBytes(as: configuration.issuer) ?? false else { throw .wrongIssuer }
        let audiences = claims["aud"]?.arrayValue ?? claims["aud"].map { [$0] } ?? []
        guard audiences.contains(where: { $0.stringValue?.hasSameBytes(as: configuration.audience) ?? false }) else {
            throw .wrongAudience
        }
    }

    private func requester(_ claims: JSON.Object, key: String, _ address: String?) throws(Refusal) -> Requester {
        guard let subject = claims["sub"]?.stringValue, 1...Limits.label ~= subject.utf8.count else {
            throw .noSubject
        }
        guard let role = claims[configuration.roleClaim]?.stringValue.flatMap(Requester.Role.init) else {
            throw .noRole
        }
        guard let tenant = claims[configuration.tenantClaim]?.stringValue, 1...Limits.label ~= tenant.utf8.count else {
            throw .noTenant
        }
        let groups = claims[configuration.groupsClaim].map { $0.arrayValue ?? [$0] } ?? []
        guard groups.allSatisfy({ $0.stringValue != nil }) else { throw .wrongGroups }
        return Requester(
            subject: subject, credential: "jwt:\(key)", role: role,
            tenant: tenant == JWTConfiguration.allTenants ? nil : tenant, groups: Set(groups.compactMap(\.stringValue)),
            address: address)
    }

    private static func object(_ part: Substring.UTF8View) -> JSON.Object? {
        guard let bytes = Base64URL.decode(part) else { return nil }
        return (try? JSON(parsing: bytes))?.objectValue
    }
}

/// Base64 for URLs without padding (RFC 4648, RFC 7515).
enum Base64URL {
    /// nil for anything else, also for bits at the end that would be passed over.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, Int) = (0, 0)
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
                buffer &= (1 << UInt32(bits)) - 1
            }
        }
        return bits < 6 && buffer == 0 ? bytes : nil
    }
}
