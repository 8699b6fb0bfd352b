import Crypto
import Foundation
import SagaValues

@testable import APIServer

/// Signs JSON Web Tokens by hand, right and wrong ones: the library that verifies them has no part in it.
struct JWTIssuer {
    let elliptic = P256.Signing.PrivateKey()
    let edwards = Curve25519.Signing.PrivateKey()
    let secret = "a shared secret of the tests, long enough"

    static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static var seconds: Int64 { now.microseconds / 1_000_000 }

    /// A header or claims that are taken.
    static let header: JSON.Object = ["alg": "ES256", "kid": "e", "typ": "JWT"]
    static let claims: JSON.Object = [
        "sub": "ann", "iss": "https://issuer", "aud": "saga", "role": "operator", "tenant": "acme",
        "groups": ["boss", "board"], "exp": JSON(seconds + 600), "nbf": JSON(seconds - 600),
    ]

    /// The public keys.
    var keySet: JSON {
        let point = Array(elliptic.publicKey.rawRepresentation)
        return [
            "keys": [
                [
                    "kty": "EC", "crv": "P-256", "kid": "e", "use": "sig", "alg": "ES256",
                    "x": .string(Self.base64(point[..<32])), "y": .string(Self.base64(point[32...])),
                ],
                [
                    "kty": "OKP", "crv": "Ed25519", "kid": "d",
                    "x": .string(Self.base64(edwards.publicKey.rawRepresentation)),
                ],
                ["kty": "of the future", "kid": "f"],
            ]
        ]
    }

    enum Signer { case elliptic, edwards, shared, hmac([UInt8]), nobody }

    func token(
        _ header: JSON.Object, _ claims: JSON.Object = claims, signature: ([UInt8]) throws -> [UInt8]
    ) rethrows -> Secret {
        let signed = Self.base64(JSON.object(header).bytes) + "." + Self.base64(JSON.object(claims).bytes)
        return Secret(signed + "." + Self.base64(try signature(Array(signed.utf8))))
    }

    func token(_ header: JSON.Object = header, _ claims: JSON.Object = claims, by signer: Signer = .elliptic) throws
        -> Secret
    {
        try token(header, claims) { data in
            switch signer {
            case .elliptic: Array(try elliptic.signature(for: data).rawRepresentation)
            case .edwards: Array(try edwards.signature(for: data))
            case .shared: Self.hmac(data, Array(secret.utf8))
            case .hmac(let key): Self.hmac(data, key)
            case .nobody: []
            }
        }
    }

    private static func hmac(_ data: [UInt8], _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }

    static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension JSON.Object {
    /// With another value for a member; nil leaves it out.
    func with(_ name: String, _ value: JSON?) -> JSON.Object {
        var changed = self
        changed[name] = value
        return changed
    }
}
