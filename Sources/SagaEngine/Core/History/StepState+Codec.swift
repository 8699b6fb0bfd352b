internal import SagaValues

extension StepState {
    enum Slot: Int, CaseIterable {
        case phase, attempt, spent, round, due, wentUnanswered, outputRevision, incident, openedRevision, chosen
        case ruling, bodyRevision, holding
    }

    /// An array of numbers, cut after the last that is not zero, or `0` if it has not been reached.
    func append(to out: inout [UInt8], startedAt: Timestamp) {
        guard phase != .waiting else { return out.append(UInt8(ascii: "0")) }
        var slots = [Int64](repeating: 0, count: Slot.allCases.count)
        func set(_ slot: Slot, _ value: Int) { slots[slot.rawValue] = Int64(value) }
        set(.phase, phase.rawValue)
        set(.attempt, attempt)
        set(.spent, spent)
        set(.round, round)
        // One more than the distance, so that 0 is left for those that have none.
        if let due { slots[Slot.due.rawValue] = (due - startedAt).wholeMicroseconds + 1 }
        set(.wentUnanswered, wentUnanswered ? 1 : 0)
        set(.outputRevision, outputRevision ?? 0)
        if let incident {
            set(.incident, 1 + Incident.Cause.allCases.firstIndex(of: incident.cause)!)
            set(.openedRevision, incident.openedRevision)
        }
        if let chosen { set(.chosen, chosen + 1) }
        if let ruling { set(.ruling, ruling.rawValue) }
        if let bodyRevision { set(.bodyRevision, bodyRevision) }
        let cause = heldBack.map { 1 + HeldBack.Cause.allCases.firstIndex(of: $0)! } ?? 0
        set(.holding, cause << 1 | (hasGoneOut ? 1 : 0))
        let used = (slots.lastIndex { $0 != 0 } ?? 0) + 1
        out.append(UInt8(ascii: "["))
        for index in 0..<used {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: String(slots[index]).utf8)
        }
        if let items {
            out.append(contentsOf: #",""#.utf8)
            out.append(contentsOf: items.encoded.utf8)
            out.append(UInt8(ascii: "\""))
        }
        if let error {
            out.append(UInt8(ascii: ","))
            error.json.append(to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// Reads one step; what no machine could have got into is damage.
    ///
    /// - Parameter isKind: whether it is a ``StepKind``, whose distance may be negative.
    init?(stored: JSON, startedAt: Timestamp, isKind: Bool = false) {
        self.init()
        guard let items = stored.arrayValue else {
            guard stored.int64Value == 0 else { return nil }
            return
        }
        var slots: [Int] = []
        for item in items {
            if let number = item.int64Value, error == nil, self.items == nil {
                slots.append(Int(number))
            } else if let text = item.stringValue, error == nil, self.items == nil, let items = Items(encoded: text) {
                self.items = items
            } else if let stored = StepError(item), error == nil {
                error = stored
            } else {
                return nil
            }
        }
        guard slots.count <= Slot.allCases.count else { return nil }
        slots += repeatElement(0, count: Slot.allCases.count - slots.count)
        func slot(_ slot: Slot) -> Int { slots[slot.rawValue] }

        let areCounts = Slot.allCases.allSatisfy { each in
            let lowest = isKind && each == .outputRevision ? -Int(Int32.max) : 0
            return each == .due || lowest...Int(Int32.max) ~= slot(each)
        }
        guard areCounts, let phase = Phase(rawValue: slot(.phase)), phase != .waiting, slot(.round) > 0
        else { return nil }
        self.phase = phase
        attempt = slot(.attempt)
        spent = slot(.spent)
        round = slot(.round)
        guard phase.mayBeTimed || slot(.due) == 0 else { return nil }
        if phase.isTimed || slot(.due) != 0 { due = startedAt + .microseconds(slot(.due)) - .microseconds(1) }
        wentUnanswered = slot(.wentUnanswered) != 0
        outputRevision = slot(.outputRevision) == 0 ? nil : slot(.outputRevision)
        if slot(.incident) != 0 {
            guard slot(.incident) <= Incident.Cause.allCases.count else { return nil }
            incident = Incident(
                cause: Incident.Cause.allCases[slot(.incident) - 1], openedRevision: slot(.openedRevision))
        }
        if slot(.chosen) != 0 { chosen = slot(.chosen) - 1 }
        if slot(.ruling) != 0 {
            guard let stored = Ruling(rawValue: slot(.ruling)) else { return nil }
            ruling = stored
        }
        if slot(.bodyRevision) != 0 { bodyRevision = slot(.bodyRevision) }
        guard slot(.holding) >> 1 <= HeldBack.Cause.allCases.count else { return nil }
        if slot(.holding) > 1 { heldBack = HeldBack.Cause.allCases[slot(.holding) >> 1 - 1] }
        hasGoneOut = slot(.holding) & 1 == 1
        // The first command may be held back, and then no attempt has been made.
        guard attempt > 0 || heldBack != nil, heldBack == nil || phase.directionAhead != nil,
            !hasGoneOut || phase == .doing || phase == .retrying && heldBack != nil
        else { return nil }
    }
}

extension StepError {
    var json: JSON { .object(["code": .string(code), "message": .string(message)]) }

    init?(_ json: JSON) {
        guard let code = json["code"]?.stringValue, let message = json["message"]?.stringValue else { return nil }
        self.init(code: code, message: message)
    }
}
