import Crypto
import CryptoExtras
import Foundation
import Logging
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("JSON Web Tokens") struct JWTTests {
    private let issuer = JWTIssuer()
    private let file = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(Foundation.UUID())").path

    private func verifier(
        _ set: JSON? = nil, _ adjust: (inout JWTConfiguration) -> Void = { _ in }
    ) async throws -> JWTVerifier {
        try Data((set ?? issuer.keySet).bytes).write(to: URL(fileURLWithPath: file))
        var configuration = JWTConfiguration(
            keyFile: file, secret: Secret(issuer.secret), issuer: "https://issuer", audience: "saga")
        adjust(&configuration)
        return try await JWTVerifier(configuration)
    }

    private func read(_ token: Secret, by verifier: JWTVerifier) throws -> Requester {
        try verifier.read(token, at: JWTIssuer.now, from: "::1")
    }

    @Test("a token of each kind of key stands for whom it says")
    func good() async throws {
        let verifier = try await verifier()
        let expected = Requester(
            subject: "ann", credential: "jwt:e", role: .operator, tenant: "acme", groups: ["boss", "board"],
            address: "::1")
        #expect(try read(issuer.token(), by: verifier) == expected)
        let edwards: JSON.Object = ["alg": "EdDSA", "kid": "d"]
        #expect(try read(issuer.token(edwards, by: .edwards), by: verifier).credential == "jwt:d")
        #expect(try read(issuer.token(["alg": "HS256"], by: .shared), by: verifier).credential == "jwt:shared")
        // Several audiences, one group as a text, all tenants.
        let claims = JWTIssuer.claims.with("aud", ["other", "saga"]).with("groups", "boss").with("tenant", "*")
        let read = try read(issuer.token(JWTIssuer.header, claims), by: verifier)
        #expect((read.groups, read.tenant) == (["boss"], nil))
        let plain = JWTIssuer.claims.with("groups", nil).with("nbf", nil)
        #expect(try self.read(issuer.token(JWTIssuer.header, plain), by: verifier).groups.isEmpty)
    }

    @Test("RSA keys sign as they say, or as RS256 if they say nothing, and in no other way")
    func rsa() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try key.publicKey.getKeyPrimitives()
        func set(_ algorithm: JSON?) -> JSON {
            var members: JSON.Object = [
                "kty": "RSA", "kid": "r", "n": .string(JWTIssuer.base64(primitives.modulus)),
                "e": .string(JWTIssuer.base64(primitives.publicExponent)),
            ]
            members["alg"] = algorithm
            return ["keys": [.object(members)]]
        }
        func token(_ algorithm: JSON, _ padding: _RSA.Signing.Padding) throws -> Secret {
            try issuer.token(["alg": algorithm, "kid": "r"]) { data in
                Array(try key.signature(for: SHA256.hash(data: data), padding: padding).rawRepresentation)
            }
        }
        let plain = try await verifier(set(nil))
        #expect(try read(token("RS256", .insecurePKCS1v1_5), by: plain).credential == "jwt:r")
        let probabilistic = try token("PS256", .PSS)
        #expect(throws: JWTVerifier.Refusal.wrongAlgorithm) { try read(probabilistic, by: plain) }
        let mislabelled = try token("RS256", .PSS)
        #expect(throws: JWTVerifier.Refusal.wrongSignature) { try read(mislabelled, by: plain) }
        #expect(try read(probabilistic, by: try await verifier(set("PS256"))).credential == "jwt:r")
    }

    @Test("claims may be called otherwise")
    func names() async throws {
        let verifier = try await verifier {
            ($0.roleClaim, $0.tenantClaim, $0.groupsClaim) = ("https://saga/role", "org", "teams")
        }
        let claims = JWTIssuer.claims.with("https://saga/role", "viewer").with("org", "o").with("teams", ["t"])
        let read = try read(issuer.token(JWTIssuer.header, claims), by: verifier)
        #expect((read.role, read.tenant, read.groups) == (.viewer, "o", ["t"]))
    }

    private static let seconds = JWTIssuer.now.microseconds / 1_000_000

    @Test(
        "claims that do not say that it is for this server and for now are refused",
        arguments: [
            ("exp", nil, .noExpiry), ("exp", "soon", .noExpiry), ("exp", JSON(seconds - 30), .expired),
            ("exp", JSON(0), .expired), ("nbf", JSON(seconds + 31), .notYet), ("nbf", "now", .notYet),
            ("iss", nil, .wrongIssuer), ("iss", "https://issuer/", .wrongIssuer),
            ("iss", ["https://issuer"], .wrongIssuer),
            ("aud", nil, .wrongAudience), ("aud", "saga2", .wrongAudience), ("aud", [], .wrongAudience),
            ("aud", ["other"], .wrongAudience), ("sub", nil, .noSubject), ("sub", "", .noSubject),
            ("sub", JSON(7), .noSubject), ("role", nil, .noRole), ("role", "root", .noRole),
            ("tenant", nil, .noTenant), ("tenant", "", .noTenant), ("tenant", .null, .noTenant),
            ("groups", [JSON(1)], .wrongGroups),
        ] as [(String, JSON?, JWTVerifier.Refusal)])
    func claims(name: String, value: JSON?, refusal: JWTVerifier.Refusal) async throws {
        let verifier = try await verifier()
        let token = try issuer.token(JWTIssuer.header, JWTIssuer.claims.with(name, value))
        #expect(throws: refusal) { try read(token, by: verifier) }
    }

    @Test("a clock that is off by the leeway does not matter, and by more it does")
    func leeway() async throws {
        let verifier = try await verifier()
        for (name, value) in [("exp", Self.seconds - 29), ("nbf", Self.seconds + 30)] {
            let token = try issuer.token(JWTIssuer.header, JWTIssuer.claims.with(name, JSON(value)))
            #expect(try read(token, by: verifier).subject == "ann", "\(name)")
        }
    }

    @Test("the key decides on the algorithm, and the header cannot talk it into another one")
    func algorithms() async throws {
        let verifier = try await verifier()
        let header = JWTIssuer.header
        // The public key, as whoever has the file could take it for a shared secret.
        let point = Array(issuer.elliptic.publicKey.rawRepresentation)
        let pem = Array(issuer.elliptic.publicKey.pemRepresentation.utf8)
        let cases: [(JSON.Object, JWTIssuer.Signer, JWTVerifier.Refusal)] = [
            (header.with("alg", "none"), .nobody, .wrongAlgorithm),
            (["alg": "none"], .nobody, .wrongAlgorithm), (["alg": "None"], .nobody, .wrongAlgorithm),
            (header.with("alg", nil), .elliptic, .wrongAlgorithm),
            (header.with("alg", "HS256"), .hmac(point), .wrongAlgorithm),
            (header.with("alg", "HS256"), .hmac(pem), .wrongAlgorithm),
            (header.with("alg", "HS256"), .shared, .wrongAlgorithm),
            (header.with("alg", "ES384"), .elliptic, .wrongAlgorithm),
            (["alg": "HS512"], .shared, .wrongAlgorithm),
            (["alg": "ES256"], .elliptic, .wrongAlgorithm),
            (header, .edwards, .wrongSignature), (header, .shared, .wrongSignature), (header, .nobody, .wrongSignature),
            (["alg": "HS256"], .hmac([]), .wrongSignature),
            (header.with("kid", "x"), .elliptic, .unknownKey), (header.with("kid", "shared"), .shared, .unknownKey),
            (header.with("kid", "f"), .elliptic, .unknownKey), (header.with("kid", JSON(1)), .elliptic, .malformed),
            (header.with("crit", ["b64"]), .elliptic, .unknownExtension),
        ]
        for (header, signer, refusal) in cases {
            let token = try issuer.token(header, by: signer)
            #expect(throws: refusal, "\(JSON.object(header).text)") { try read(token, by: verifier) }
        }
    }

    @Test("without a shared secret a token that names no key is refused")
    func noSecret() async throws {
        let verifier = try await verifier { $0.secret = nil }
        let token = try issuer.token(["alg": "HS256"], by: .shared)
        #expect(throws: JWTVerifier.Refusal.unknownKey) { try read(token, by: verifier) }
    }

    @Test("a token of which one bit is another is refused, wherever that is")
    func tampered() async throws {
        let verifier = try await verifier()
        let token = Array(try issuer.token().reveal().utf8)
        for index in token.indices where token[index] != UInt8(ascii: ".") {
            var changed = token
            changed[index] = token[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: JWTVerifier.Refusal.self, "byte \(index)") {
                try read(Secret(String(decoding: changed, as: UTF8.self)), by: verifier)
            }
        }
        for text in ["", ".", "..", "...", "a.b.c", String(decoding: token, as: UTF8.self) + ".", "e30.e30.e30"] {
            #expect(throws: JWTVerifier.Refusal.self) { try read(Secret(text), by: verifier) }
        }
    }

    @Test(
        "a set of keys that cannot be trusted to be what it should be is refused",
        arguments: [
            ("[]", "keys"), (#"{"keys":[]}"#, "no key"), ("not JSON", "JWKS"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#, "kid"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"AA","y":"AA"}]}"#, "keys[0]"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","alg":"HS256","x":"AA","y":"AA"}]}"#, "alg"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","alg":"none","x":"AA","y":"AA"}]}"#, "alg"),
            (#"{"keys":[{"kty":"oct","kid":"k","k":"AA"}]}"#, "public"),
            (#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}]}"#, "keys[0]"),
            (#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB","d":"AQAB"}]}"#, "private"),
        ])
    func badKeys(set: String, word: String) async throws {
        await #expect {
            _ = try await JWTKey.set(Array(set.utf8))
        } throws: { error in
            "\(error)".contains(word)
        }
    }

    @Test("the same id twice, and a secret that is too short, are refused")
    func ambiguous() async throws {
        let one = try #require(issuer.keySet["keys"]?[0])
        await #expect(throws: JWTKeyError.self) { try await JWTKey.set(JSON.object(["keys": [one, one]]).bytes) }
        await #expect(throws: JWTKeyError.self) { try await JWTKey.shared(Secret(String(repeating: "s", count: 31))) }
    }

    @Test("a file of keys that is replaced is read again; one that cannot be used leaves the keys as they were")
    func replaced() async throws {
        let verifier = try await verifier()
        let log = LogBook()
        let watching = Task { await verifier.watch(every: .milliseconds(5), log.logger) }
        defer { watching.cancel() }
        let old = try issuer.token()
        #expect(try read(old, by: verifier).subject == "ann")
        try Data("{".utf8).write(to: URL(fileURLWithPath: file))
        try await eventually("it is reported") { log.count(of: "error the file with the keys") == 1 }
        #expect(try read(old, by: verifier).subject == "ann")
        let next = JWTIssuer()
        try Data(next.keySet.bytes).write(to: URL(fileURLWithPath: file), options: .atomic)
        let new = try next.token()
        try await eventually("the new keys are taken") { (try? read(new, by: verifier)) != nil }
        #expect(throws: JWTVerifier.Refusal.wrongSignature) { try read(old, by: verifier) }
    }

    @Test("the API lets in who shows one, and refuses another one as it refuses everything")
    func overHTTP() async throws {
        let verifier = try await verifier()
        let soon = JSON(Timestamp.now().microseconds / 1_000_000 + 600)
        let claims = JWTIssuer.claims.with("exp", soon).with("nbf", nil)
        let token = try issuer.token(JWTIssuer.header, claims).reveal()
        let late = try issuer.token(JWTIssuer.header, claims.with("exp", JSON(1))).reveal()
        let log = LogBook()
        try await TestAPI.run(access: AccessConfiguration(adminToken: nil, jwt: verifier), logger: log.logger) { api in
            let who = try await api.send("GET", "/v1/whoami", as: token).decode(IdentityView.self)
            #expect((who.subject, who.credential, who.tenant) == ("ann", "jwt:e", "acme"))
            try expectProblem(try await api.send("GET", "/v1/whoami", as: late), 401, "SAGA-0202")
            try expectProblem(try await api.get("/v1/whoami"), 401, "SAGA-0202")
            try expectProblem(try await api.send("GET", "/v1/whoami", as: ""), 401, "SAGA-0202")
        }
        #expect(log.count(of: "notice a JWT is not believed [") == 2, "expired, and none at all: \(log.lines)")
        #expect(log.lines.contains { $0.contains("reason: expired") })
        #expect(!log.lines.contains { $0.contains(late) || $0.contains(token) })
    }

    @Test("why one is not believed is told once a minute for each reason, with how many there were")
    func refusalLog() {
        let log = LogBook()
        let refusals = JWTRefusalLog(log.logger)
        let start = ContinuousClock.now
        for second in 0..<60 { refusals.note(.expired, from: "10.0.0.1", at: start + .seconds(second)) }
        refusals.note(.wrongAudience, from: nil, at: start + .seconds(59))
        #expect(
            log.lines == [
                "notice a JWT is not believed [from: 10.0.0.1; reason: expired]",
                "notice a JWT is not believed [reason: wrong audience]",
            ])
        refusals.note(.expired, from: "10.0.0.2", at: start + .seconds(60))
        #expect(log.lines.last == "notice a JWT is not believed [before: 59; from: 10.0.0.2; reason: expired]")
        refusals.note(.expired, from: nil, at: start + .seconds(120))
        #expect(log.lines.last == "notice a JWT is not believed [reason: expired]")
    }
}
