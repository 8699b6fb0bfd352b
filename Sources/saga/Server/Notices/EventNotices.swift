internal import RabbitMQBus
internal import SagaEngine
internal import SagaValues

/// Tells of incidents by domain events, one each.
struct EventNotices: NoticeSender {
    let bus: RabbitMQBus
    let target = NoticeTarget(name: "events", pause: .zero)
    var place: String { "the exchange of the domain events" }

    func send(_ delivery: NoticeDelivery) async -> NoticeOutcome {
        guard let body = try? JSON(parsing: delivery.body) else { return .failed("its body is not JSON") }
        switch await bus.publish(notice: delivery.id, name: "saga.\(delivery.type)", body: body["data"] ?? body) {
        case .confirmed, .unroutable: return .delivered
        case .unconfirmed: return .failed("the broker did not confirm it")
        case .tooLarge, .invalid: return .failed("it does not fit on the wire")
        }
    }
}
