public import SagaValues

extension VersionMove {
    /// `{"from": 1, "to": 2, "steps": [[0, 0], [1, 2, 1]]}`: of each step where it was and where it is; a third number says
    /// that its condition is not asked for any more.
    public var json: JSON {
        [
            "from": JSON(from), "to": JSON(to),
            "steps": .array(
                kept.map { .array([JSON($0.from), JSON($0.to)] + ($0.isPastCondition ? [JSON(1)] : [])) }),
        ]
    }

    /// Nil for what ``json`` never gives.
    public init?(_ json: JSON) {
        func number(_ json: JSON?) -> Int? { json?.int64Value.flatMap { 0...Int64(Int32.max) ~= $0 ? Int($0) : nil } }
        guard let from = number(json["from"]), let to = number(json["to"]), let steps = json["steps"]?.arrayValue else {
            return nil
        }
        var kept: [Kept] = []
        for step in steps {
            guard let numbers = step.arrayValue, 2...3 ~= numbers.count, let from = number(numbers[0]),
                let to = number(numbers[1]), numbers.count == 2 || number(numbers[2]) == 1
            else { return nil }
            kept.append(Kept(from: from, to: to, isPastCondition: numbers.count == 3))
        }
        self.init(from: from, to: to, kept: kept)
    }
}
