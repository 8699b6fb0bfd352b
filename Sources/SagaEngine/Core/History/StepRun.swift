internal import SagaValues

/// The stored form of many steps in a row of which the same can be said: `0*40`, forty that are not reached, and
/// `5,1,1,1*40@2+1`, forty done at the first attempt, the first with its output in row 2, each further one a row later.
///
/// So the size of a state goes with what is going on, and with what went unlike the rest, not with how many steps a
/// workflow has or how many of them are done. A few are written step by step, which is as short.
struct StepRun: Hashable {
    /// One of them, but for its output.
    private let step: StepState
    private(set) var count = 1
    /// Where the first has its output; nil if they have none.
    private let firstRow: Int?
    private var stride = 0

    /// Shorter ones are written step by step.
    static let shortest = 4

    /// What a step alone begins; nil if there is more to say of it.
    init?(_ step: StepState) {
        var plain = StepState()
        (plain.phase, plain.attempt, plain.spent, plain.round) = (step.phase, step.attempt, step.spent, step.round)
        firstRow = step.outputRevision
        self.step = plain
        plain.outputRevision = step.outputRevision
        guard step == plain else { return nil }
    }

    /// Takes in the step that follows; false if it does not go on with this.
    mutating func append(_ next: StepState) -> Bool {
        guard let other = StepRun(next), other.step == step else { return false }
        switch (firstRow, other.firstRow) {
        case (nil, nil):
            break
        case (let first?, let row?):
            let distance = count == 1 ? row - first : stride
            guard distance > 0, row == first + count * distance else { return false }
            stride = distance
        case (nil, _), (_, nil):
            return false
        }
        count += 1
        return true
    }

    var steps: [StepState] {
        var steps = Array(repeating: step, count: count)
        for (index, row) in rows.enumerated() { steps[index].outputRevision = row }
        return steps
    }

    /// Where their outputs are.
    var rows: [Int] {
        guard let firstRow else { return [] }
        return (0..<count).map { firstRow + $0 * stride }
    }

    // MARK: Text

    var encoded: String {
        let what = step.phase == .waiting ? "0" : "\(step.phase.rawValue),\(step.attempt),\(step.spent),\(step.round)"
        return "\(what)*\(count)" + (firstRow.map { "@\($0)+\(stride)" } ?? "")
    }

    /// Nil for what ``encoded`` cannot have written of a plan.
    init?(encoded text: String) {
        guard let whole = StepRun.split(text, at: "*"), let slots = StepRun.numbers(whole.0, separator: ",") else {
            return nil
        }
        var step = StepState()
        if slots != [0] {
            guard slots.count == 4, let phase = StepState.Phase(rawValue: slots[0]), phase != .waiting, !phase.isTimed,
                phase != .held, phase != .undoHeld, slots[1] > 0, slots[3] > 0
            else { return nil }
            (step.phase, step.attempt, step.spent, step.round) = (phase, slots[1], slots[2], slots[3])
        }
        self.step = step
        let counted: Substring
        if let parts = StepRun.split(whole.1, at: "@") {
            guard step.phase != .waiting, let rows = StepRun.numbers(parts.1, separator: "+"), rows.count == 2,
                rows[0] > 0, rows[1] > 0
            else { return nil }
            (counted, firstRow, stride) = (parts.0, rows[0], rows[1])
        } else {
            (counted, firstRow) = (whole.1, nil)
        }
        guard let count = StepRun.numbers(counted, separator: ",")?.first, StepRun.shortest...StepRun.longest ~= count
        else { return nil }
        self.count = count
    }

    /// More than any plan has; what says so is damaged, and must not be given room.
    private static let longest = 1_000_000

    private static func split(_ text: some StringProtocol, at mark: Character) -> (Substring, Substring)? {
        guard let index = text.firstIndex(of: mark) else { return nil }
        return (Substring(text[..<index]), Substring(text[text.index(after: index)...]))
    }

    /// None is negative, and all leave room for sums.
    private static func numbers(_ text: Substring, separator: Character) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.allSatisfy { ("0"..."9").contains($0) } ? Int32(part).map { Int($0) } : nil
        }
        return numbers.count == parts.count ? numbers : nil
    }
}
