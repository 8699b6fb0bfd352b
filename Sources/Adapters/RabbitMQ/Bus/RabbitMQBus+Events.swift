internal import Logging
public import RabbitMQ
internal import RabbitMQWire
public import SagaEngine
internal import SagaValues
internal import SagaWire

extension RabbitMQBus {
    // MARK: Out

    public func publish(_ events: [OutgoingEvent]) async -> [SendOutcome] {
        await publish(
            events.map { Announcement(id: $0.id.description, name: $0.name, body: $0.body, trace: $0.trace) })
    }

    /// An event, whoever it is from.
    struct Announcement {
        let id: String
        let name: String
        let body: JSON
        let trace: TraceContext?
    }

    func publish(_ events: [Announcement]) async -> [SendOutcome] {
        var outcomes = [SendOutcome](repeating: .unconfirmed, count: events.count)
        var messages: [OutgoingMessage] = []
        var indices: [Int] = []
        for (index, event) in events.enumerated() {
            do throws(Unsendable) {
                messages.append(try message(for: event))
                indices.append(index)
            } catch {
                outcomes[index] = error.outcome
                log.error(
                    "an event cannot be published", metadata: ["event": "\(event.id)", "outcome": "\(error.outcome)"])
            }
        }
        for (index, outcome) in zip(indices, await publisher.publish(messages, within: confirmTimeout)) {
            switch outcome {
            case .confirmed: outcomes[index] = .confirmed
            // Only what is mandatory comes back.
            case .returned: outcomes[index] = .unroutable
            case .notSent(let error) where error.code == .invalidMessage:
                outcomes[index] = .invalid(reason: error.message)
            case .nacked, .notSent: outcomes[index] = .unconfirmed
            }
        }
        return outcomes
    }

    /// The event as participants publish theirs. Nobody has to listen, so it is not mandatory.
    private func message(for event: Announcement) throws(Unsendable) -> OutgoingMessage {
        let body = Payload(event.body)
        if let problem = Self.problem(body) { throw Unsendable(outcome: problem) }
        guard 1...255 ~= event.name.utf8.count else {
            throw Unsendable(outcome: .invalid(reason: "the name of an event has 1 to 255 bytes"))
        }
        var headers: [(String, FieldValue)] = []
        if let trace = event.trace {
            headers.append((HeaderName.traceparent, .string(trace.traceparent)))
            if let state = trace.tracestate { headers.append((HeaderName.tracestate, .string(state))) }
        }
        return OutgoingMessage(
            exchange: eventsExchange, routingKey: event.name, mandatory: false,
            properties: MessageProperties(
                messageID: event.id, type: event.name, contentType: ContentType.json, appID: applicationID,
                timestamp: Timestamp.now().microseconds / 1_000_000, headers: headers),
            body: body.bytes)
    }

    // MARK: In

    /// What brings in the events that workflows listen for. Run it beside the engine, and stop it before the engine.
    ///
    /// It does nothing until ``subscribe(to:)`` names some.
    /// - Parameters:
    ///   - prefetch: how many events may be on their way through the engine: its back-pressure.
    ///   - receiver: takes events in, as ``Engine/receive(_:)`` does.
    public func eventIntake(
        configuration: RabbitMQConfiguration, queues: RabbitMQ.Topology.Queue.Kind, prefetch: Int,
        receiver: @escaping @Sendable ([IncomingEvent]) async -> Void
    ) -> EventIntake {
        var named = configuration
        named.connectionName = "\(configuration.connectionName) events"
        events.begin(
            EventIntake.Settings(
                configuration: named, queues: queues, prefetch: prefetch, logger: log, receiver: receiver))
        return events
    }

    /// Names that are left out stay bound: versions of workflows are never deleted, and a node that does not know of
    /// one must not cut off those that do.
    public func subscribe(to names: Set<String>) {
        events.add(names)
    }

    public func acknowledge(events receipts: [EventReceipt]) {
        events.settle(receipts.map(\.deliveryTag)) { $0.acknowledge($1) }
    }

    public func giveBack(events receipts: [EventReceipt]) {
        events.settle(receipts.map(\.deliveryTag)) { $0.reject($1, requeue: true) }
    }

    public func quarantine(_ event: IncomingEvent, reason: String) {
        log.warning(
            "an event cannot be taken in and is put among the dead letters",
            metadata: ["event": "\(event.name)", "reason": "\(reason)"])
        // Rejected without requeueing, the broker itself moves it to the dead letters.
        events.settle([event.receipt.deliveryTag]) { $0.reject($1, requeue: false) }
    }
}

extension IncomingEvent {
    init(_ delivery: Delivery) {
        self.init(
            messageID: delivery.properties.messageID, name: delivery.routingKey, body: delivery.body,
            redeliveries: delivery.deliveryCount, trace: delivery.trace,
            receipt: EventReceipt(generation: delivery.tag.generation, tag: delivery.tag.number))
    }
}

extension EventReceipt {
    fileprivate var deliveryTag: DeliveryTag { DeliveryTag(generation: generation, number: tag) }
}

extension Delivery {
    /// What is no trace is left out, and never in the way of the event.
    fileprivate var trace: TraceContext? {
        func text(_ name: String) -> String? {
            for case (name, .string(let text)) in properties.headers { return text }
            return nil
        }
        return text(HeaderName.traceparent).flatMap {
            TraceContext(traceparent: $0, tracestate: text(HeaderName.tracestate))
        }
    }
}
