import SagaValues
import SagaWire
import Testing

@Suite("Bodies")
struct BodyTests {
    private let command = CommandMessage.example()
    private let reply = ReplyMessage.example(.done(Payload([:])))

    @Test(
        "a body that cannot be read is refused with the reason and the place",
        arguments: [
            ("", .unexpectedEnd), ("{", .unexpectedEnd), ("hello", .unexpectedCharacter),
            (#"{"a":1,"a":2}"#, .duplicateName),
            (#"{"a":"\u0000"}"#, .nulCharacter), (#"{"a":"\ud800"}"#, .loneSurrogate), ("{} {}", .trailingData),
            ("\u{FEFF}{}", .byteOrderMark), (String(repeating: "[", count: 100_000), .tooDeep),
        ] as [(String, JSON.ParseError.Code)]
    )
    func notJSON(text: String, code: JSON.ParseError.Code) throws {
        let body = Array(text.utf8)
        for error in [
            commandError(try command.wireMessage().with { $0.body = body }),
            replyError(try reply.wireMessage().with { $0.body = body }),
        ] {
            #expect(error?.code == .bodyNotJSON)
            #expect(error?.cause?.code == code)
            #expect(error?.description.contains("line 1, column ") == true)
        }
    }

    @Test("a body of other bytes than UTF-8 is refused")
    func notText() throws {
        let error = replyError(try reply.wireMessage().with { $0.body = [0x7B, 0xFF, 0x7D] })
        #expect(error?.cause?.code == .invalidUTF8)
    }

    @Test("a mebibyte is the most, both ways")
    func size() throws {
        let fits = JSON.object(["a": .string(String(repeating: "x", count: (1 << 20) - 8))])
        #expect(fits.bytes.count == 1 << 20)
        let tooLarge = JSON.object(["a": .string(String(repeating: "x", count: (1 << 20) - 7))])
        var command = command
        command.body = Payload(fits)
        #expect(try CommandMessage(command.wireMessage()) == command)
        command.body = Payload(tooLarge)
        #expect(throws: WireError(.bodyTooLarge, "the body is larger than 1048576 bytes")) { try command.wireMessage() }
        #expect(throws: WireError.self) { try ReplyMessage.example(.done(Payload(tooLarge))).wireMessage() }
        #expect(commandError(try self.command.wireMessage().with { $0.body = tooLarge.bytes })?.code == .bodyTooLarge)
        #expect(replyError(try reply.wireMessage().with { $0.body = tooLarge.bytes })?.code == .bodyTooLarge)
    }

    @Test("the limit can be set")
    func otherLimit() throws {
        let limits = JSON.Limits(bytes: 10)
        #expect(throws: WireError(.bodyTooLarge, "the body is larger than 10 bytes")) {
            try command.wireMessage(limits: limits)
        }
        #expect(commandError(try command.wireMessage(), limits: limits)?.code == .bodyTooLarge)
        #expect(replyError(try reply.wireMessage(), limits: limits) == nil)
    }

    @Test(
        "JSON is read whatever the client calls it",
        arguments: [
            nil, "application/json", "Application/JSON", "application/json; charset=utf-8",
            "application/json;charset=utf-8", "",
        ]
    )
    func contentType(text: String?) throws {
        #expect(replyError(try reply.wireMessage().with { $0.contentType = text }) == nil)
    }

    @Test(
        "other content is refused", arguments: ["text/plain", "application/octet-stream", "json", "application/json5"])
    func otherContent(text: String) throws {
        let error = replyError(try reply.wireMessage().with { $0.contentType = text })
        #expect(error?.code == .unsupportedContentType)
    }

    @Test(
        "an envelope of many messages is refused by name",
        arguments: ["application/vnd.saga.batch+json", "application/vnd.saga.Batch+JSON; v=1"])
    func batch(text: String) throws {
        #expect(commandError(try command.wireMessage().with { $0.contentType = text })?.code == .batchNotTaken)
        #expect(replyError(try reply.wireMessage().with { $0.contentType = text })?.code == .batchNotTaken)
    }

    @Test("a payload is its bytes, and does not show them")
    func payload() throws {
        let spaced = try Payload(parsing: Array(#"{ "password": "hunter2" }"#.utf8))
        let compact = Payload(["password": "hunter2"])
        #expect(spaced.json == compact.json)
        #expect(spaced != compact)
        #expect(Set([spaced, compact, compact]).count == 2)
        #expect("\(spaced)" == "25 bytes of JSON")
        #expect(throws: JSON.ParseError.self) { try Payload(parsing: []) }
    }

    @Test("a value that a program made up can be checked through its bytes")
    func madeUp() {
        for json in [.string("\0"), .number("12a"), ["a": .string("\0")]] as [JSON] {
            #expect(throws: JSON.ParseError.self) { try Payload(parsing: json.bytes) }
        }
    }

    @Test("errors name places, never content")
    func secrets() throws {
        let message = try command.wireMessage().with {
            $0.body = Array(#"{"password": hunter2}"#.utf8)
        }
        let error = try #require(commandError(message))
        #expect(
            error.description
                == "body-not-json: the body cannot be read: line 1, column 14: this character cannot stand here")
        #expect(WireError(.missingHeader, field: "saga-step", "gone").description == "missing-header (saga-step): gone")
    }
}
