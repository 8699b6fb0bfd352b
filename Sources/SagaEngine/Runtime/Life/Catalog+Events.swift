internal import SagaCore
internal import SagaValues

extension Plan {
    /// Where its steps, and those of the bodies in it, look in the events that they wait for.
    var listened: [(event: String, path: [Reference.Component])] {
        var listened: [(event: String, path: [Reference.Component])] = []
        for step in steps {
            switch step.kind {
            case .listen(let listen): listened += listen.alternatives.map { ($0.event, $0.path) }
            case .each(let each): listened += each.body.listened
            case .action, .emit, .choice, .pause, .approval, .run: break
            }
        }
        return listened
    }
}

extension Catalog {
    /// An event, with all that the deployed workflows may find it by.
    ///
    /// - Parameter recipient: the only saga that may take it.
    func keyed(_ event: DomainEvent, for recipient: KeptEvent.Recipient? = nil) -> KeptEvent {
        guard let json = try? JSON(parsing: event.body) else {
            return KeptEvent(event: event, keys: [], recipient: recipient)
        }
        let keys = paths(in: event.name).compactMap { path in
            json.at(path).map { EventKey(event: event.name, path: path, value: $0) }
        }
        return KeptEvent(event: event, keys: keys, recipient: recipient)
    }
}
