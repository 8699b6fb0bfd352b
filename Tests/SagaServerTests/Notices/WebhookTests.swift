import SagaEngine
import SagaValues
import Testing

@testable import SagaServer

@Suite("A webhook") struct WebhookTests {
    @Test("signs as Standard Webhooks says")
    func signature() throws {
        // Reckoned with Python's hmac from the example of the specification.
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(
        "goes over TLS, or stays on this machine",
        arguments: [
            ("https://example.org/a?b=c", true, true), ("http://127.0.0.1:80/", true, true),
            ("http://127.9.9.9/", true, true), ("http://localhost/", true, true), ("http://[::1]:9/", true, true),
            ("http://example.org/", false, true), ("http://127.0.0.1.example.org/", false, true),
            ("http://10.0.0.1/", false, true), ("https://user:pass@example.org/", false, false),
            ("ftp://example.org/", false, false), ("example.org", false, false), ("https://", false, false),
            ("https://example.org/#a", false, false), ("", false, false), ("http://0127.0.0.1/", false, true),
            ("http://127.1/", false, true),
        ])
    func addresses(_ text: String, _ isTaken: Bool, _ isTakenPlain: Bool) {
        #expect((WebhookAddress(text, plain: false) != nil) == isTaken)
        #expect((WebhookAddress(text, plain: true) != nil) == isTakenPlain)
    }

    @Test("needs a secret that is one, and neither it nor the address is told when they are wrong")
    func configuration() throws {
        let good = ["--incidents-webhook-url", "https://h.example/p4th", "--incidents-webhook-secret", Receiver.secret]
        #expect(try read(flags: good).webhook != nil)
        #expect(try read().webhook == nil && read().incidentEvents)
        #expect(try !read(flags: ["--incidents-events", "off"]).incidentEvents)
        for (flags, word) in [
            (Array(good.prefix(2)), "incidents.webhook.secret"), (Array(good.suffix(2)), "incidents.webhook.url"),
            (good.dropLast() + ["whsec_c2hvcnQ="], "24 to 64 bytes"), (good.dropLast() + ["p4th"], "whsec_"),
            (["--incidents-webhook-url", "http://h.example/p4th"] + good.suffix(2), "https"),
        ] {
            let error = try #require(throws: ConfigurationError.self) { _ = try read(flags: flags) }
            #expect(error.message.contains(word), "\(error)")
            for secret in ["p4th", Receiver.secret, "c2hvcnQ"] { #expect(!error.message.contains(secret)) }
        }
    }

    @Test("pauses grow to the longest")
    func pauses() {
        let settings = NoticeDesk.Settings()
        #expect((1...3).map { settings.pause(after: $0) } == [.seconds(5), .seconds(10), .seconds(20)])
        #expect(settings.pause(after: 9) == .seconds(900) && settings.pause(after: .max) == .seconds(900))
    }
}
