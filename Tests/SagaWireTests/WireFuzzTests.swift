import SagaValues
import SagaWire
import TestSupport
import Testing

@Suite("Messages made at random")
struct WireFuzzTests {
    @Test("no damage to a message makes decoding trap", arguments: 1...20 as ClosedRange<UInt64>)
    func damage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let command = try CommandMessage.example(Direction.allCases.randomElement(using: &random) ?? .do).wireMessage()
        let outcomes: [ReplyMessage.Outcome] = [
            .done(Payload(["a": 1])), .retry(ReplyError(code: "c", message: "m", retryAfter: .seconds(1))),
            .working(nil),
        ]
        var accepted = 0
        for _ in 0..<100 {
            let outcome = outcomes.randomElement(using: &random) ?? .working(nil)
            var message = Bool.random(using: &random) ? command : try ReplyMessage.example(outcome).wireMessage()
            for _ in 0..<Int.random(in: 1...2, using: &random) { message.damage(using: &random) }
            do throws(WireError) {
                let command = try CommandMessage(message)
                #expect(try CommandMessage(command.wireMessage()) == command, "seed \(seed)")
                accepted += 1
            } catch {
                #expect(!error.message.isEmpty)
            }
            do throws(WireError) {
                let reply = try ReplyMessage(message)
                #expect(try ReplyMessage(reply.wireMessage()) == reply, "seed \(seed)")
                accepted += 1
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(accepted > 0, "the damage leaves something to accept")
    }
}

extension WireMessage {
    mutating func damage(using random: inout some RandomNumberGenerator) {
        let texts = [
            "", "x", "-1", "0", "99999999999999999999", "é", "\0", String(repeating: "y", count: 255), "done", "a.b",
        ]
        let text = texts.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<10, using: &random) {
        case 0: messageID = Bool.random(using: &random) ? nil : text
        case 1: correlationID = Bool.random(using: &random) ? nil : messageID
        case 2: type = Bool.random(using: &random) ? nil : text
        case 3: replyTo = Bool.random(using: &random) ? nil : text
        case 4: contentType = Bool.random(using: &random) ? nil : ContentType.batch
        case 5: timestamp = Bool.random(using: &random) ? nil : Int64(truncatingIfNeeded: random.next())
        case 6: headers.shuffle(using: &random)
        case 7 where !headers.isEmpty:
            headers.remove(at: Int.random(in: 0..<headers.count, using: &random))
        case 8 where !headers.isEmpty:
            let values: [WireValue] = [
                .string(text), .int(Int64(truncatingIfNeeded: random.next())), .int(0), .int(.min),
            ]
            headers[Int.random(in: 0..<headers.count, using: &random)].value =
                values.randomElement(using: &random) ?? .int(1)
        default:
            let position = Int.random(in: 0...body.count, using: &random)
            body.replaceSubrange(
                position..<min(body.count, position + 1), with: [UInt8.random(in: 0...255, using: &random)])
        }
    }
}
