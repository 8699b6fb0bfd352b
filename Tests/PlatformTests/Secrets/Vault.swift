import Foundation
import ParticipantKit
import SagaValues
import Synchronization

/// The sagas of the search for secrets: values that nobody may see go to a participant, and come from it, from events and
/// from people.
struct Vault: Sendable {
    let card = Planted("a sensitive text of an input")
    let pin = Planted.number("a sensitive number of an input")
    let item = Planted("a value in a sensitive list of an input")
    let secret = Planted("a sensitive part of an output")
    let label = Planted("a sensitive part of a later output")
    let word = Planted("a sensitive part of an event that a step listens for")
    let signalled = Planted("a sensitive part of an event that a person hands over")
    let patched = Planted("a patch of a body that is made of sensitive values")
    let patchedByJob = Planted("the patch of a job")
    let resolved = Planted("a sensitive output that a person gives")
    let skipped = Planted("a sensitive output for a step that a person passes over")
    let misfit = Planted("a sensitive value that does not fit the schema")
    let eventMisfit = Planted("a sensitive value of an event that starts nothing")
    let wait = Planted("a sensitive value of which an expression makes nothing")
    let cut = Planted("what stands in a request that is no JSON")
    let garbled = Planted("the body of a reply that nobody understands")

    var planted: [Planted] {
        [
            card, pin, item, secret, label, word, signalled, patched, patchedByJob, resolved, skipped, misfit,
            eventMisfit, wait, cut, garbled,
        ]
    }

    /// What the participant was told, for it must be.
    let told = Told()

    final class Told: Sendable {
        private let bodies = Mutex<[String]>([])
        func add(_ body: JSON) { bodies.withLock { $0.append(body.text) } }
        func has(_ planted: Planted) -> Bool { bodies.withLock { $0.contains { $0.contains(planted.text) } } }
    }

    static let hush = """
        workflow: hush
        version: 1
        on:
          - event: card.added
            key: "${event.order}"
            input: { order: "${event.order}", mode: happy, card: "${event.card}", pin: 1, list: [] }
        input:
          type: object
          required: [order, mode, card, pin, list]
          properties:
            order: { type: string }
            mode: { type: string, enum: [happy, refused, held, heard, odd] }
            card: { type: string, pattern: "^[a-z0-9]*$" }
            pin: { type: integer }
            list: { type: array, items: { type: object, properties: { token: { type: string } } } }
        sensitive: [input.card, input.pin, input.list, take.secret, ask.word, ship.label]
        steps:
          - take:
              do: shop.take
              undo: shop.give
              with: { card: "${input.card}", pin: "${input.pin}", list: "${input.list}", order: "${input.order}" }
          - rest: { when: "${input.mode == 'odd'}", wait: "${input.card}" }
          - ask:
              when: "${input.mode == 'heard'}"
              listen: { event: word.said, where: "${event.order == input.order}" }
              timeout: 5d
          - pay: { do: shop.pay, pivot: true, with: { mode: "${input.mode}", secret: "${take.secret}" } }
          - ship: { do: shop.ship, skippable: true, with: { mode: "${input.mode}", card: "${input.card}" } }
        output: { receipt: "${take.secret}", order: "${input.order}" }
        """

    static let family = """
        workflow: family
        version: 1
        input:
          type: object
          required: [card]
          properties: { card: { type: string } }
        sensitive: [input.card, child.receipt]
        steps:
          - child:
              run: hush
              pivot: true
              with: { order: child, mode: happy, card: "${input.card}", pin: 1, list: [] }
        output: { receipt: "${child.receipt}" }
        """

    var actions: [Action] {
        let (told, secret, label) = (told, secret.text, label.text)
        return [
            .do("take") { (input: JSON, _) in
                told.add(input)
                return ["id": "t-1", "secret": .string(secret)] as JSON
            },
            .undo("give") { (input: JSON, _) in told.add(input) },
            .do("pay") { (input: JSON, _) in
                told.add(input)
                guard input["mode"] != "refused" else { throw Rejection("declined", "the bank says no") }
                return ["id": "p-1"] as JSON
            },
            .do("ship") { (input: JSON, _) in
                told.add(input)
                guard input["mode"] != "held" else { throw Rejection("no-address", "nobody lives there") }
                return ["label": .string(label)] as JSON
            },
        ]
    }

    func input(_ order: String, _ mode: String, card: String? = nil) -> String {
        let list = "[{\"token\":\"\(item.text)\"}]"
        return """
            {"order":"\(order)","mode":"\(mode)","card":"\(card ?? self.card.text)","pin":\(pin.text),"list":\(list)}
            """
    }
}
