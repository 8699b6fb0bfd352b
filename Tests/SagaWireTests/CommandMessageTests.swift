import SagaValues
import SagaWire
import Testing

@Suite("Commands on the wire")
struct CommandMessageTests {
    @Test("every part stands where the protocol says")
    func layout() throws {
        let message = try CommandMessage.example().wireMessage()
        #expect(message.exchange == "saga.commands")
        #expect(message.routingKey == "billing.create-order")
        #expect(message.messageID == "0197f3a0-5c1e-7000-8000-00000000002a.create-order.3.do")
        #expect(message.correlationID == "0197f3a0-5c1e-7000-8000-00000000002a")
        #expect(message.type == "billing.create-order")
        #expect(message.replyTo == "saga.replies")
        #expect(message.contentType == "application/json")
        #expect(message.appID == "saga")
        #expect(message.timestamp == 1_795_257_960)
        #expect(String(decoding: message.body, as: UTF8.self) == #"{"userId":"u1","price":299.00}"#)
        let headers = Dictionary(uniqueKeysWithValues: message.headers.map { ($0.name, $0.value) })
        #expect(
            headers == [
                "saga-protocol": .int(1), "saga-workflow": .string("plan-purchase"), "saga-version": .int(2),
                "saga-step": .string("create-order"), "saga-iteration": .int(3), "saga-direction": .string("do"),
                "saga-attempt": .int(4), "saga-deadline": .string("2026-11-21T10:46:00.123456Z"),
                "saga-tenant": .string("acme"),
                "traceparent": .string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                "tracestate": .string("vendor=1"),
            ]
        )
    }

    @Test("what is sent is what is received", arguments: Direction.allCases)
    func roundTrip(direction: Direction) throws {
        let command = CommandMessage.example(direction)
        #expect(try CommandMessage(command.wireMessage()) == command)
        var bare = CommandMessage(
            id: command.id, action: "a.b", workflow: "w", workflowVersion: 1, body: Payload([:])
        )
        #expect(try CommandMessage(bare.wireMessage()) == bare)
        bare.trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(try CommandMessage(bare.wireMessage()) == bare)
    }

    @Test("attempts differ in one header only")
    func attempts() throws {
        var command = CommandMessage.example()
        let first = try command.wireMessage()
        command.attempt += 1
        let second = try command.wireMessage()
        #expect(first.messageID == second.messageID)
        #expect(first.body == second.body)
        #expect(
            first.headers.filter { $0.name != HeaderName.attempt }.map(\.value)
                == second.headers.filter { $0.name != HeaderName.attempt }.map(\.value))
        #expect(second[header: HeaderName.attempt] == .int(5))
    }

    @Test("headers and their order that the protocol does not know are tolerated")
    func unknownHeaders() throws {
        let command = CommandMessage.example()
        let message = try command.wireMessage().with {
            $0.headers.reverse()
            $0.headers.append(("x-death-count", .int(3)))
            $0.headers.append(("saga-future", .string("?")))
            $0.headers.append(("", .string("")))
            $0.headers.append(("saga-step", .string("create-order")))
        }
        #expect(try CommandMessage(message) == command)
    }

    @Test("integers may come as text")
    func integersAsText() throws {
        let message = try CommandMessage.example().wireMessage().with {
            for name in ["saga-protocol", "saga-version", "saga-iteration", "saga-attempt"] {
                if case .int(let value) = $0[header: name] { $0[header: name] = .string(String(value)) }
            }
        }
        #expect(try CommandMessage(message) == .example())
    }

    @Test(
        "a header that must be there is missed by name",
        arguments: [
            "saga-protocol", "saga-workflow", "saga-version", "saga-step", "saga-iteration", "saga-direction",
            "saga-attempt",
        ]
    )
    func missingHeaders(name: String) throws {
        let message = try CommandMessage.example().wireMessage()
        let error = commandError(message.with { $0[header: name] = nil })
        #expect(error?.code == .missingHeader)
        #expect(error?.field == name)
    }

    @Test("headers that may be missing are", arguments: ["saga-deadline", "saga-tenant", "traceparent", "tracestate"])
    func optionalHeaders(name: String) throws {
        #expect(commandError(try CommandMessage.example().wireMessage().with { $0[header: name] = nil }) == nil)
    }

    @Test("a property that must be there is missed by name")
    func missingProperties() throws {
        let message = try CommandMessage.example().wireMessage()
        let cases: [(String, (inout WireMessage) -> Void)] = [
            ("message-id", { $0.messageID = nil }), ("message-id", { $0.messageID = "" }), ("type", { $0.type = nil }),
            ("reply-to", { $0.replyTo = nil }), ("reply-to", { $0.replyTo = "" }), ("type", { $0.type = "" }),
        ]
        for (field, change) in cases {
            let error = commandError(message.with(change))
            #expect(error?.code == .missingProperty)
            #expect(error?.field == field)
        }
    }

    @Test(
        "a header of the wrong kind is refused",
        arguments: [
            ("saga-version", .int(0)), ("saga-version", .string("two")), ("saga-attempt", .int(0)),
            ("saga-attempt", .int(-1)),
            ("saga-attempt", .string("1.5")), ("saga-attempt", .string("")), ("saga-iteration", .int(-1)),
            ("saga-step", .int(1)),
            ("saga-workflow", .int(1)), ("saga-direction", .int(0)), ("saga-deadline", .int(5)),
            ("saga-deadline", .string("soon")),
            ("saga-deadline", .string("2026-11-21")), ("saga-tenant", .int(7)), ("saga-protocol", .string("one")),
            ("saga-version", .string("99999999999999999999")),
        ] as [(String, WireValue)]
    )
    func invalidHeaders(name: String, value: WireValue) throws {
        let error = commandError(try CommandMessage.example().wireMessage().with { $0[header: name] = value })
        #expect(error?.code == .invalidHeader)
        #expect(error?.field == name)
    }

    @Test("parts that must agree and do not are refused")
    func contradictions() throws {
        let message = try CommandMessage.example().wireMessage()
        let cases: [(String, (inout WireMessage) -> Void)] = [
            ("correlation-id", { $0.correlationID = nil }), ("correlation-id", { $0.correlationID = "x" }),
            ("correlation-id", { $0.correlationID = UUID(high: 1, low: 2).description }),
            ("saga-step", { $0[header: "saga-step"] = .string("charge") }),
            ("saga-iteration", { $0[header: "saga-iteration"] = .int(4) }),
            ("saga-iteration", { $0[header: "saga-iteration"] = .int(1 << 32 + 3) }),
            ("saga-direction", { $0[header: "saga-direction"] = .string("undo") }),
            ("saga-direction", { $0[header: "saga-direction"] = .string("DO") }),
            ("saga-tenant", { $0.headers.append(("saga-tenant", .string("other"))) }),
        ]
        for (field, change) in cases {
            let error = commandError(message.with(change))
            #expect(error?.code == .contradiction)
            #expect(error?.field == field)
        }
    }

    @Test(
        "an id that is none is refused", arguments: ["x", "0197f3a0-5c1e-7000-8000-00000000002a.create-order.3.redo"])
    func invalidID(text: String) throws {
        let error = commandError(try CommandMessage.example().wireMessage().with { $0.messageID = text })
        #expect(error?.code == .invalidProperty)
        #expect(error?.field == "message-id")
    }

    @Test("another version of the protocol is refused by its number", arguments: [0, 2, 1000])
    func otherProtocol(version: Int64) throws {
        let error = commandError(
            try CommandMessage.example().wireMessage().with { $0[header: "saga-protocol"] = .int(version) })
        #expect(error?.code == .unsupportedProtocol)
        #expect(error?.description.contains("version \(version)") == true)
    }

    @Test("the version is looked at first, since it says what the rest means")
    func protocolFirst() throws {
        let message = WireMessage(headers: [("saga-protocol", .int(2))], body: [0xFF])
        #expect(commandError(message)?.code == .unsupportedProtocol)
        #expect(commandError(WireMessage())?.code == .missingHeader)
    }

    @Test("a broken trace does not stop the work")
    func brokenTrace() throws {
        let message = try CommandMessage.example().wireMessage()
        for value in [WireValue.string("00-xyz"), .int(1), .string("")] {
            let command = try CommandMessage(message.with { $0[header: "traceparent"] = value })
            #expect(command.trace == nil)
        }
        let command = try CommandMessage(message.with { $0[header: "tracestate"] = .int(1) })
        #expect(command.trace?.tracestate == nil)
        #expect(command.trace != nil)
    }

    @Test("what AMQP cannot carry is refused before it is sent")
    func notSendable() {
        let tooLong = "a." + String(repeating: "é", count: 127)
        let cases: [(String, (inout CommandMessage) -> Void)] = [
            ("type", { $0.action = tooLong }), ("type", { $0.action = "" }), ("reply-to", { $0.replyTo = "" }),
            ("reply-to", { $0.replyTo = tooLong }), ("app-id", { $0.appID = tooLong }), ("app-id", { $0.appID = "" }),
        ]
        for (field, change) in cases {
            var command = CommandMessage.example()
            change(&command)
            #expect(throws: WireError(.invalidProperty, field: field, "the property must have 1 to 255 bytes")) {
                try command.wireMessage()
            }
        }
    }

    @Test("the participant stands before the first dot")
    func participant() {
        #expect(CommandMessage.example().participant == "billing")
    }
}

@Suite("The body of an undo")
struct UndoBodyTests {
    @Test("input and output go both ways; an unknown output is left out")
    func roundTrip() throws {
        let known = UndoBody(input: ["a": .number("1.10")], output: ["b": nil])
        #expect(String(decoding: known.payload.bytes, as: UTF8.self) == #"{"input":{"a":1.10},"output":{"b":null}}"#)
        #expect(try UndoBody(known.payload) == known)
        let unknown = UndoBody(input: [:], output: nil)
        #expect(String(decoding: unknown.payload.bytes, as: UTF8.self) == #"{"input":{}}"#)
        #expect(try UndoBody(unknown.payload) == unknown)
    }

    @Test("without an input it is none", arguments: [nil, [], [:], ["output": 1]] as [JSON])
    func invalid(body: JSON) {
        #expect(throws: WireError.self) { try UndoBody(Payload(body)) }
    }
}
