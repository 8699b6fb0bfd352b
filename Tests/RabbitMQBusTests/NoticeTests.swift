import RabbitMQ
import RabbitMQBus
import SagaEngine
import SagaValues
import Testing

@Suite("Notices of incidents over RabbitMQ", .timeLimit(.minutes(3)))
struct NoticeTests {
    @Test("go out as domain events, under an id that is the same when they come again")
    func published() async throws {
        let hall = try await Hall()
        let ear = hall.ear(ofEvents: "saga.incident.*")
        try await hall.open(ear) {
            let id = UUID.v7()
            for name in ["saga.incident.opened", "saga.incident.opened", "saga.incident.resolved"] {
                #expect(await hall.bus.publish(notice: id, name: name, body: ["count": 1]) == .confirmed)
            }
            let heard = try await ear.heard.waitFor(3)
            #expect(
                heard.map(\.routingKey) == [
                    "saga.incident.opened", "saga.incident.opened", "saga.incident.resolved",
                ])
            #expect(heard.allSatisfy { $0.properties.messageID == id.description && $0.properties.persistent })
            #expect(heard.allSatisfy { $0.exchange == "cloudphone.events" && $0.properties.type == $0.routingKey })
            #expect(String(decoding: heard[0].body, as: UTF8.self) == #"{"count":1}"#)
        }
    }
}
