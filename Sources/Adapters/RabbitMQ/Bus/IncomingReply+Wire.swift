internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import SagaWire

extension IncomingReply {
    /// A reply off the wire, as the engine takes it in.
    init(_ message: ReplyMessage, receipt: ReplyReceipt) {
        let reply: SagaEvent.Reply
        let body: [UInt8]
        switch message.outcome {
        case .done(let output):
            (reply, body) = (.done, output.bytes)
        case .rejected(let error):
            (reply, body) = (.rejected(StepError(body: error.json.bytes)), error.json.bytes)
        case .retry(let error):
            let bytes = error.json.bytes
            (reply, body) = (.retry(StepError(body: bytes), after: StepError.retryAfter(in: bytes)), bytes)
        case .unknown(let error):
            let bytes = error.json.bytes
            (reply, body) = (.unknown(StepError(body: bytes), after: StepError.retryAfter(in: bytes)), bytes)
        case .working(let note):
            (reply, body) = (.working, note?.json.bytes ?? [])
        }
        self.init(id: message.command, attempt: message.attempt, reply: reply, body: body, receipt: receipt)
    }
}
