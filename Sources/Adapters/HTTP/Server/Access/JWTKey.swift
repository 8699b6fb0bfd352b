internal import Foundation
internal import JWTKit
internal import SagaValues

/// A key, and the only algorithm that it is used with: which one it is must not be for the token to say.
struct JWTKey: Sendable {
    let algorithm: any JWTAlgorithm

    /// RFC 7518: a key as long as the hash, at least.
    static let shortestSecret = 32

    static func shared(_ secret: Secret) async throws(JWTKeyError) -> JWTKey {
        let bytes = Array(secret.reveal().utf8)
        guard bytes.count >= shortestSecret else {
            throw JWTKeyError("a shared secret must have \(shortestSecret) bytes or more")
        }
        let collection = await JWTKeyCollection().add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256)
        return try await only(of: collection, nil, "the shared secret")
    }

    /// The public keys of a JWKS (RFC 7517), by their ids. Keys of kinds that are not known here, or for encryption, are
    /// passed over, as the standard asks; there must be one at least that can be used.
    static func set(_ bytes: [UInt8]) async throws(JWTKeyError) -> [String: JWTKey] {
        guard let elements = (try? JSON(parsing: bytes))?["keys"]?.arrayValue else {
            throw JWTKeyError("it is no JWKS: a JSON object with an array \"keys\"")
        }
        var keys: [String: JWTKey] = [:]
        for (index, element) in elements.enumerated() {
            let place = "keys[\(index)]"
            guard element["d"] == nil, element["k"] == nil else {
                throw JWTKeyError("\(place) has a private or shared key in it; only public keys belong here")
            }
            guard element["use"] == nil || element["use"]?.stringValue == "sig",
                let name = try algorithmName(of: element, place)
            else { continue }
            guard let id = element["kid"]?.stringValue, !id.isEmpty else {
                throw JWTKeyError("\(place) has no \"kid\"; tokens name their key by it")
            }
            guard keys[id] == nil else { throw JWTKeyError("\(place): there are two keys \"\(id.prefix(80))\"") }
            var members = element.objectValue ?? [:]
            members["alg"] = .string(name)
            keys[id] = try await key(JSON.object(members), id, place)
        }
        guard !keys.isEmpty else { throw JWTKeyError("it has no key for signatures (RSA, EC or Ed25519)") }
        return keys
    }

    /// The algorithm that a key says it is for, or that is usual for its kind; nil for other kinds of keys.
    private static func algorithmName(of key: JSON, _ place: String) throws(JWTKeyError) -> String? {
        let usable: [String]
        switch (key["kty"]?.stringValue, key["crv"]?.stringValue) {
        case ("RSA", _): usable = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        case ("EC", "P-256"): usable = ["ES256"]
        case ("EC", "P-384"): usable = ["ES384"]
        case ("EC", "P-521"): usable = ["ES512"]
        case ("OKP", "Ed25519"): usable = ["EdDSA"]
        default: return nil
        }
        guard let given = key["alg"] else { return usable[0] }
        guard let name = given.stringValue, usable.contains(name) else {
            throw JWTKeyError(
                "\(place): its \"alg\" is none that its kind of key has (\(usable.joined(separator: ", ")))")
        }
        return name
    }

    private static func key(_ element: JSON, _ id: String, _ place: String) async throws(JWTKeyError) -> JWTKey {
        let collection = JWTKeyCollection()
        do {
            let key = try JSONDecoder().decode(JWK.self, from: Data(element.bytes))
            try await collection.add(jwk: key)
        } catch {
            throw JWTKeyError("\(place) cannot be used: a part is missing or wrong, or it is too short")
        }
        return try await only(of: collection, id, place)
    }

    private static func only(
        of collection: JWTKeyCollection, _ id: String?, _ place: String
    ) async throws(JWTKeyError) -> JWTKey {
        do {
            return JWTKey(algorithm: try await collection.getKey(for: id.map { JWKIdentifier(string: $0) }))
        } catch {
            throw JWTKeyError("\(place) cannot be used: a part is missing or wrong, or it is too short")
        }
    }
}
