import SagaValues
import SagaWire

let exampleSaga = UUID(high: 0x0197_F3A0_5C1E_7000, low: 0x8000_0000_0000_002A)

extension CommandMessage {
    /// A command with every part set.
    static func example(_ direction: Direction = .do) -> CommandMessage {
        CommandMessage(
            id: CommandID(saga: exampleSaga, step: "create-order", iteration: 3, direction: direction),
            action: "billing.create-order", workflow: "plan-purchase", workflowVersion: 2, attempt: 4,
            deadline: Timestamp(iso8601: "2026-11-21T10:46:00.123456Z"), tenant: "acme",
            trace: TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "vendor=1"
            ),
            replyTo: "saga.replies", appID: "saga", timestamp: 1_795_257_960,
            body: Payload(["userId": "u1", "price": .number("299.00")])
        )
    }
}

extension ReplyMessage {
    static func example(_ outcome: Outcome) -> ReplyMessage {
        ReplyMessage(
            command: CommandMessage.example().id, messageID: "0197f3a0-5c1e-7000-8000-0000000000ff", attempt: 4,
            outcome: outcome,
            trace: CommandMessage.example().trace, appID: "billing", timestamp: 1_795_257_961
        )
    }
}

extension WireMessage {
    /// Sets a header, or takes it out.
    subscript(header name: String) -> WireValue? {
        get { headers.first { $0.name == name }?.value }
        set {
            headers.removeAll { $0.name == name }
            if let newValue { headers.append((name, newValue)) }
        }
    }

    func with(_ change: (inout WireMessage) -> Void) -> WireMessage {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What decoding throws, or nil when it succeeds.
func commandError(_ message: WireMessage, limits: JSON.Limits = .default) -> WireError? {
    do throws(WireError) {
        _ = try CommandMessage(message, limits: limits)
        return nil
    } catch {
        return error
    }
}

func replyError(_ message: WireMessage, limits: JSON.Limits = .default) -> WireError? {
    do throws(WireError) {
        _ = try ReplyMessage(message, limits: limits)
        return nil
    } catch {
        return error
    }
}
