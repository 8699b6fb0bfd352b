import SagaValues
import SagaWire
import Testing

@Suite("Names on the broker")
struct TopologyTests {
    // These names are what participants in other languages have written down: they never change.
    @Test("the names are those of the protocol")
    func names() {
        #expect(Topology.Exchange.commands == "saga.commands")
        #expect(Topology.Exchange.unroutable == "saga.unroutable")
        #expect(Topology.Exchange.replies == "saga.replies")
        #expect(Topology.Exchange.events == "cloudphone.events")
        #expect(Topology.Exchange.deadLetters == "saga.dlx")
        #expect(Topology.Queue.replies == "saga.replies")
        #expect(Topology.Queue.dead == "saga.dead")
        #expect(Topology.Queue.commands(of: "billing") == "billing.commands")
        #expect(Topology.BindingKey.commands(of: "billing") == "billing.#")
        #expect(WireProtocol.version == 1)
        #expect(ContentType.json == "application/json")
        #expect(ContentType.batch == "application/vnd.saga.batch+json")
    }

    @Test("the types of replies and the codes of errors are those of the protocol")
    func values() {
        let error = ReplyError(code: "x")
        let outcomes: [ReplyMessage.Outcome] = [.done(Payload([:])), .rejected(error), .retry(error), .working(nil)]
        #expect(outcomes.map(\.type) == ["done", "rejected", "retry", "working"])
        #expect(Direction.allCases.map(\.rawValue) == ["do", "undo", "probe"])
        #expect(ReplyError.Code.payloadTooLarge == "payload-too-large")
        #expect(WireError.Code.allCases.map(\.rawValue).allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
        #expect(Set(WireError.Code.allCases.map(\.rawValue)).count == 12)
    }
}
