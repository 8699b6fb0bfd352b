import SagaValues
import SagaWire
import Testing

@Suite("Replies on the wire")
struct ReplyMessageTests {
    private static let error = ReplyError(
        code: "insufficient-balance", message: "5.00 are missing", details: ["missing": .number("5.00")],
        retryAfter: .milliseconds(2500)
    )

    @Test("every part stands where the protocol says")
    func layout() throws {
        let message = try ReplyMessage.example(.done(Payload(["orderId": "o1"]))).wireMessage(to: "saga.replies.2")
        #expect(message.exchange == "saga.replies")
        #expect(message.routingKey == "saga.replies.2")
        #expect(message.correlationID == "0197f3a0-5c1e-7000-8000-00000000002a.create-order.3.do")
        #expect(message.messageID == "0197f3a0-5c1e-7000-8000-0000000000ff")
        #expect(message.type == "done")
        #expect(message.contentType == "application/json")
        #expect(message.appID == "billing")
        #expect(message.timestamp == 1_795_257_961)
        #expect(message[header: "saga-attempt"] == .int(4))
        #expect(message[header: "saga-protocol"] == .int(1))
        #expect(String(decoding: message.body, as: UTF8.self) == #"{"orderId":"o1"}"#)
        let refusal = try ReplyMessage.example(.rejected(Self.error)).wireMessage()
        #expect(refusal.type == "rejected")
        #expect(
            String(decoding: refusal.body, as: UTF8.self)
                == #"{"code":"insufficient-balance","message":"5.00 are missing","#
                + #""details":{"missing":5.00},"retryAfter":2.5}"#
        )
    }

    @Test(
        "what is sent is what is received",
        arguments: [
            .done(Payload([:])), .done(Payload(["a": [1, nil]])), .rejected(error), .retry(error), .unknown(error),
            .retry(ReplyError(code: "x")), .unknown(ReplyError(code: "x")),
            .rejected(ReplyError(code: "x", details: .null)), .working(nil), .working(error),
            .retry(ReplyError(code: "x", retryAfter: .zero)),
            .retry(ReplyError(code: "x", retryAfter: .microseconds(1))),
            .retry(ReplyError(code: "x", retryAfter: ReplyError.longestRetryAfter)),
            .retry(ReplyError(code: "x", retryAfter: ReplyError.longestRetryAfter - .microseconds(1))),
        ] as [ReplyMessage.Outcome]
    )
    func roundTrip(outcome: ReplyMessage.Outcome) throws {
        let reply = ReplyMessage.example(outcome)
        #expect(try ReplyMessage(reply.wireMessage()) == reply)
        let bare = ReplyMessage(command: reply.command, messageID: "m", outcome: outcome)
        #expect(try ReplyMessage(bare.wireMessage()) == bare)
    }

    @Test("a reply needs no headers, so that a participant is easily written in any language")
    func bareReply() throws {
        let message = WireMessage(
            messageID: "1", correlationID: "0197f3a0-5c1e-7000-8000-00000000002a.a.0.undo", type: "done",
            body: Array("{}".utf8)
        )
        let reply = try ReplyMessage(message)
        #expect(reply.command.direction == .undo)
        #expect(reply.attempt == nil)
        #expect(reply.outcome == .done(Payload([:])))
    }

    @Test("an output keeps its bytes: digits, spaces and escapes")
    func outputBytes() throws {
        let text = #"{ "id" : 9223372036854775807, "price":123456789012345.60, "e": 1E400, "s":"\u00e9" }"#
        let message = try ReplyMessage.example(.working(nil)).wireMessage().with {
            $0.type = "done"
            $0.body = Array(text.utf8)
        }
        guard case .done(let output) = try ReplyMessage(message).outcome else {
            Issue.record("not done")
            return
        }
        #expect(output.bytes == Array(text.utf8))
        #expect(output.json["id"]?.int64Value == .max)
        #expect(output.json["price"]?.numberText == "123456789012345.60")
    }

    @Test("an output that is no object is refused, read or written", arguments: [nil, [], 1, "done", true] as [JSON])
    func outputShape(output: JSON) throws {
        let message = try ReplyMessage.example(.done(Payload([:]))).wireMessage()
        #expect(replyError(message.with { $0.body = output.bytes })?.code == .invalidBody)
        #expect(throws: WireError.self) { try ReplyMessage.example(.done(Payload(output))).wireMessage() }
    }

    @Test("only the code of a refusal is indispensable")
    func lenientError() throws {
        let message = try ReplyMessage.example(.retry(Self.error)).wireMessage()
        for text in [#"{"code":"busy"}"#, #"{"code":"busy","message":null,"retryAfter":null,"more":[1]}"#] {
            #expect(
                try ReplyMessage(message.with { $0.body = Array(text.utf8) }).outcome
                    == .retry(ReplyError(code: "busy")))
        }
    }

    @Test(
        "a refusal of another shape is refused",
        arguments: [
            ("{}", "code"), ("[]", ""), ("null", ""), (#"{"code":""}"#, "code"), (#"{"code":7}"#, "code"),
            (#"{"code":null}"#, "code"),
            (#"{"message":"m"}"#, "code"), (#"{"code":"c","message":1}"#, "message"),
            (#"{"code":"c","retryAfter":"1"}"#, "retryAfter"),
            (#"{"code":"c","retryAfter":-1}"#, "retryAfter"), (#"{"code":"c","retryAfter":1e400}"#, "retryAfter"),
            (#"{"code":"c","retryAfter":31536001}"#, "retryAfter"), (#"{"code":"c","retryAfter":true}"#, "retryAfter"),
        ]
    )
    func errorShape(text: String, field: String) throws {
        for type in ["rejected", "retry", "unknown"] {
            let message = try ReplyMessage.example(.retry(Self.error)).wireMessage().with {
                $0.type = type
                $0.body = Array(text.utf8)
            }
            #expect(replyError(message)?.code == .invalidBody)
            #expect(replyError(message)?.field == field)
        }
    }

    @Test(
        "seconds to wait are read from any number",
        arguments: [
            ("0", .zero), ("-0", .zero), ("2", .seconds(2)), ("2.0", .seconds(2)), ("0.25", .milliseconds(250)),
            ("1e2", .seconds(100)),
            ("0.0000019", .microseconds(2)), ("31536000", ReplyError.longestRetryAfter),
            ("12345678.123456", .microseconds(12_345_678_123_456)),
        ] as [(String, Duration)]
    )
    func retryAfter(text: String, duration: Duration) throws {
        let message = try ReplyMessage.example(.retry(Self.error)).wireMessage().with {
            $0.body = Array(#"{"code":"c","retryAfter":\#(text)}"#.utf8)
        }
        #expect(try ReplyMessage(message).outcome == .retry(ReplyError(code: "c", retryAfter: duration)))
    }

    @Test("what a wait cannot be is brought to what it can when it is written")
    func retryAfterRange() throws {
        for (given, sent) in [
            (Duration.seconds(-1), Duration.zero), (.seconds(Int64.max), ReplyError.longestRetryAfter),
        ] {
            let reply = ReplyMessage.example(.retry(ReplyError(code: "c", retryAfter: given)))
            #expect(try ReplyMessage(reply.wireMessage()).outcome == .retry(ReplyError(code: "c", retryAfter: sent)))
        }
    }

    @Test(
        "an unknown or missing type is refused", arguments: ["", "Done", "DONE", "ok", "billing.create-order", "done "])
    func type(type: String) throws {
        let message = try ReplyMessage.example(.done(Payload([:]))).wireMessage()
        #expect(
            replyError(message.with { $0.type = type })?.code == (type.isEmpty ? .missingProperty : .unknownReplyType))
        #expect(replyError(message.with { $0.type = nil })?.code == .missingProperty)
    }

    @Test("a reply to no command, or without an id, is refused")
    func ids() throws {
        let message = try ReplyMessage.example(.done(Payload([:]))).wireMessage()
        #expect(replyError(message.with { $0.correlationID = nil })?.field == "correlation-id")
        #expect(replyError(message.with { $0.correlationID = nil })?.code == .missingProperty)
        #expect(replyError(message.with { $0.correlationID = exampleSaga.description })?.code == .invalidProperty)
        #expect(replyError(message.with { $0.messageID = nil })?.field == "message-id")
        #expect(replyError(message.with { $0[header: "saga-attempt"] = .int(0) })?.code == .invalidHeader)
        #expect(replyError(message.with { $0[header: "saga-protocol"] = .int(2) })?.code == .unsupportedProtocol)
    }

    @Test("what AMQP cannot carry, or a reader would refuse, is refused before it is sent")
    func notSendable() {
        let tooLong = String(repeating: "x", count: 256)
        var reply = ReplyMessage.example(.working(nil))
        #expect(throws: WireError.self) { try reply.wireMessage(to: tooLong) }
        #expect(throws: WireError.self) { try reply.wireMessage(to: "") }
        reply.messageID = tooLong
        #expect(throws: WireError.self) { try reply.wireMessage() }
        for outcome in [.rejected(ReplyError(code: "")), .retry(ReplyError(code: "")), .working(ReplyError(code: ""))]
            as [ReplyMessage.Outcome]
        {
            #expect(throws: WireError(.invalidBody, field: "code", "the code is empty")) {
                try ReplyMessage.example(outcome).wireMessage()
            }
        }
    }
}
