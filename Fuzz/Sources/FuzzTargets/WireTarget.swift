import SagaValues
import SagaWire

/// A message off the broker, as command, as reply and as the body of an undo. What is taken is written again and read
/// as the same; all else is refused, and never with a trap.
package enum WireTarget {
    /// The message's text: a property or header a line (`type: done`, `#saga-attempt: 1` for a number), an empty line,
    /// and the body.
    static func take(_ bytes: [UInt8]) {
        let message = message(bytes)
        do throws(WireError) {
            let command = try CommandMessage(message)
            if let read = again({ () throws(WireError) in try CommandMessage(command.wireMessage()) }) {
                promise(read == command, "a command that reads as another: \(command), \(read)")
            }
            if let undo = try? UndoBody(command.body) {
                promise((try? UndoBody(undo.payload)) == undo, "the body of an undo that reads as another")
            }
        } catch {
            check(error)
        }
        do throws(WireError) {
            let reply = try ReplyMessage(message)
            if let read = again({ () throws(WireError) in try ReplyMessage(reply.wireMessage()) }) {
                promise(read == reply, "a reply that reads as another: \(reply), \(read)")
            }
        } catch {
            check(error)
        }
    }

    /// Nil for what does not fit on the wire, though it came from there: a text longer than AMQP's, or an error that
    /// is larger when all its members stand there.
    private static func again<Message>(_ read: () throws(WireError) -> Message) -> Message? {
        do throws(WireError) {
            return try read()
        } catch {
            promise(
                error.code == .invalidProperty || error.code == .bodyTooLarge, "what was read cannot be sent: \(error)")
            return nil
        }
    }

    private static func check(_ error: WireError) {
        promise(!error.message.isEmpty && !error.description.isEmpty, "an error without words: \(error.code)")
    }

    private static func message(_ bytes: [UInt8]) -> WireMessage {
        var message = WireMessage()
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            if line.isEmpty { break }
            guard let mark = line.firstRange(of: ": ") else { continue }
            set(String(line[..<mark.lowerBound]), String(line[mark.upperBound...]), in: &message)
        }
        message.body = Array(rest)
        return message
    }

    private static func set(_ name: String, _ text: String, in message: inout WireMessage) {
        switch name {
        case "message-id": message.messageID = text
        case "correlation-id": message.correlationID = text
        case "type": message.type = text
        case "reply-to": message.replyTo = text
        case "content-type": message.contentType = text
        case "app-id": message.appID = text
        case "timestamp": message.timestamp = Int64(text)
        case _ where name.hasPrefix("#"):
            message.headers.append((String(name.dropFirst()), .int(Int64(text) ?? .max)))
        default: message.headers.append((name, .string(text)))
        }
    }

    /// Messages of every kind, with every part set, as inputs of this target.
    package static func seeds() -> [[UInt8]] {
        let trace = TraceContext(
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "vendor=1")
        let error = ReplyError(code: "no", message: "no", details: ["a": 1], retryAfter: .milliseconds(1500))
        let commands = Direction.allCases.map { direction in
            CommandMessage(
                id: CommandID(saga: UUID(high: 1, low: 2), step: "create-order", iteration: 3, direction: direction),
                action: "billing.create-order", workflow: "plan-purchase", workflowVersion: 2, attempt: 4, round: 2,
                deadline: Timestamp(iso8601: "2026-11-21T10:46:00.123456Z"), tenant: "acme", trace: trace,
                appID: "saga", timestamp: 1_795_257_960,
                body: direction == .undo ? UndoBody(input: ["a": 1], output: ["b": 2]).payload : Payload(["a": 1]))
        }
        let outcomes: [ReplyMessage.Outcome] = [
            .done(Payload(["a": 1])), .rejected(error), .retry(error), .working(error), .working(nil),
        ]
        let replies = outcomes.map {
            ReplyMessage(
                command: commands[0].id, messageID: "m-1", attempt: 4, outcome: $0, trace: trace, appID: "billing",
                timestamp: 1_795_257_961)
        }
        return (commands.compactMap { try? $0.wireMessage() } + replies.compactMap { try? $0.wireMessage() }).map(text)
    }

    private static func text(_ message: WireMessage) -> [UInt8] {
        let properties: [(String, String?)] = [
            ("message-id", message.messageID), ("correlation-id", message.correlationID), ("type", message.type),
            ("reply-to", message.replyTo), ("content-type", message.contentType), ("app-id", message.appID),
            ("timestamp", message.timestamp.map { "\($0)" }),
        ]
        var lines = properties.compactMap { name, value in value.map { "\(name): \($0)" } }
        for (name, value) in message.headers {
            switch value {
            case .string(let text): lines.append("\(name): \(text)")
            case .int(let number): lines.append("#\(name): \(number)")
            }
        }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + message.body
    }
}
