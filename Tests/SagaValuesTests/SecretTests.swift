import SagaValues
import Testing

@Suite("Secrets")
struct SecretTests {
    private let secret = Secret("hunter2-é")

    @Test("no way of printing shows the text")
    func hidden() {
        struct Configuration {
            var password: Secret
            var optional: Secret?
        }
        let configuration = Configuration(password: secret, optional: secret)
        var dumped = ""
        dump(configuration, to: &dumped)
        let printed = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Optional(secret) as Any)",
            "\([secret])",
            "\(configuration)", String(reflecting: configuration), dumped,
            "\(Mirror(reflecting: secret).children.map { $0 })",
            "\(["a": secret])", "\(Result<Secret, any Error>.success(secret))",
        ]
        for text in printed {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(secret)" == "••••")
        #expect(String(reflecting: secret) == "••••")
    }

    @Test("revealing gives the text")
    func reveal() {
        #expect(secret.reveal() == "hunter2-é")
    }

    @Test("equality is that of the bytes")
    func equality() {
        #expect(secret == Secret("hunter2-é"))
        for other in ["", "hunter2-", "Hunter2-é", "hunter2-e\u{301}", "hunter2-è", "hunter2-éx"] {
            #expect(secret != Secret(other))
        }
        #expect(Secret("") == Secret(""))
    }
}
