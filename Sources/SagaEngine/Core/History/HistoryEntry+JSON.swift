public import SagaValues

extension HistoryEntry {
    /// The row as an export has it.
    ///
    /// - Parameter data: what came with it, as others may see it.
    public func json(_ data: JSON?) -> JSON {
        var row: JSON.Object = [
            "revision": JSON(revision), "at": .string(at.description), "kind": .string(kind.rawValue),
        ]
        row["step"] = step.map { .string($0) }
        row["item"] = item.map { JSON($0) }
        row["direction"] = direction.map { .string($0.rawValue) }
        row["attempt"] = attempt.map { JSON($0) }
        row["data"] = data
        return .object(row)
    }

    /// Reads what ``json(_:)`` wrote; nil if it is not that.
    public init?(_ json: JSON) {
        guard let revision = json["revision"]?.numberText.flatMap({ Int($0) }),
            let at = json["at"]?.stringValue.flatMap({ Timestamp(iso8601: $0) }),
            let kind = json["kind"]?.stringValue.flatMap({ Kind(rawValue: $0) })
        else { return nil }
        var direction: Direction?
        if let text = json["direction"] {
            direction = text.stringValue.flatMap { Direction(rawValue: $0) }
            guard direction != nil else { return nil }
        }
        self.init(
            revision: revision, at: at, kind: kind, step: json["step"]?.stringValue,
            item: json["item"]?.numberText.flatMap { Int($0) }, direction: direction,
            attempt: json["attempt"]?.numberText.flatMap { Int($0) }, data: json["data"]?.bytes ?? [])
    }
}
