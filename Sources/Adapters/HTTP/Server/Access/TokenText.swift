internal import Crypto
internal import SagaValues

/// A bearer token as its bearer has it: `saga_<id>_<secret>`.
struct TokenText {
    let id: String
    private let secret: Secret

    private static let prefix = "saga_"
    private static let idDigits = 16
    private static let secretDigits = 64

    /// A new one. Its secret has 256 random bits, its id 64, from the operating system.
    static func make() -> TokenText {
        var generator = SystemRandomNumberGenerator()
        func digits(_ count: Int) -> String {
            (0..<count / 2).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hexadecimal
        }
        return TokenText(id: digits(idDigits), secret: Secret(digits(secretDigits)))
    }

    private init(id: String, secret: Secret) {
        self.id = id
        self.secret = secret
    }

    /// nil if it does not look like one.
    init?(_ credential: Secret) {
        let parts = credential.reveal().split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.prefix.dropLast(), Self.isHexadecimal(parts[1], Self.idDigits),
            Self.isHexadecimal(parts[2], Self.secretDigits)
        else { return nil }
        self.init(id: String(parts[1]), secret: Secret(String(parts[2])))
    }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }

    /// To be shown once, to whoever had it made.
    var text: String { "\(Self.prefix)\(id)_\(secret.reveal())" }

    /// What is kept of the secret: SHA-256, once and without salt. Slow hashes and salts make it expensive to guess what
    /// people choose; here there are 256 random bits to guess, which is hopeless at any speed, and no two are the same. And
    /// a slow hash would be paid for with every request.
    var digest: [UInt8] { Array(SHA256.hash(data: Array(secret.reveal().utf8))) }

    /// Whether the secret is the one that was kept.
    func matches(_ kept: [UInt8]) -> Bool { digest.hasSameBytesInConstantTime(as: kept) }
}
