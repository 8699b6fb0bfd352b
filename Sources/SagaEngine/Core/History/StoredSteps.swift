internal import SagaValues

/// The stored form of a saga's steps, in the order of the workflow: members `k` and `s` of its state.
///
/// In `s` a step is an array of its own, or `0` if it has not been reached. Steps of a kind that several are of stand
/// together in a text, a letter each, see ``StepLetters``: `a` is what stands first in `k`. So
/// `"k":[[5,1,1,1,0,0,1],0],"s":["a520",[1,1,1,1,30000001],"b479"]` has 520 that were done, one under way, and 479 ahead.
///
/// So what an event writes goes with what is under way, and with what went unlike the rest, not with how many steps
/// there are or how many of them are done: a step that is over takes a letter at most, and mostly less.
enum StoredSteps {
    /// A kind is described once for all if so many steps at least are of it.
    static let fewest = 4

    // MARK: Writing

    static func append(_ steps: [StepState], startedAt: Timestamp, to out: inout [UInt8]) {
        let (letters, kinds) = spelled(steps)
        if !kinds.isEmpty {
            out.append(contentsOf: #""k":["#.utf8)
            for (index, kind) in kinds.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                kind.asStep.append(to: &out, startedAt: startedAt)
            }
            out.append(contentsOf: "],".utf8)
        }
        out.append(contentsOf: #""s":["#.utf8)
        var index = 0
        while index < steps.count {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            guard letters[index] != nil else {
                steps[index].append(to: &out, startedAt: startedAt)
                index += 1
                continue
            }
            let end = letters[index...].firstIndex(of: nil) ?? steps.count
            out.append(UInt8(ascii: "\""))
            StepLetters.append(letters[index..<end].lazy.compactMap(\.self), to: &out)
            out.append(UInt8(ascii: "\""))
            index = end
        }
        out.append(UInt8(ascii: "]"))
    }

    /// The letter of each step, nil for those that are written out; and what the letters stand for.
    private static func spelled(_ steps: [StepState]) -> (letters: [Int?], kinds: [StepKind]) {
        var kinds: [StepKind] = []
        var counts: [Int] = []
        var known: [StepKind: Int] = [:]
        var last: Int?
        var row = StepKind.firstRow
        let found = steps.indices.map { place -> Int? in
            let kind = StepKind(steps[place], after: row)
            row = steps[place].outputRevision ?? row
            guard let kind else { return nil }
            // Mostly it is as the one before, so that nothing has to be looked up.
            let index: Int
            if let last, kinds[last] == kind {
                index = last
            } else if let former = known[kind] {
                index = former
            } else {
                index = kinds.count
                known[kind] = index
                kinds.append(kind)
                counts.append(0)
            }
            counts[index] += 1
            last = index
            return index
        }
        // There are letters for so many; the others are written out.
        let chosen = kinds.indices.filter { counts[$0] >= fewest }
            .sorted { (counts[$0], $1) > (counts[$1], $0) }
            .prefix(StepLetters.alphabet.count).sorted()
        var letters = [Int?](repeating: nil, count: kinds.count)
        for (letter, kind) in chosen.enumerated() { letters[kind] = letter }
        return (found.map { $0.flatMap { letters[$0] } }, chosen.map { kinds[$0] })
    }

    // MARK: Reading

    /// The steps of a stored state; nil if it is not one, or has more than `limit`.
    static func read(_ state: JSON, startedAt: Timestamp, limit: Int) -> [StepState]? {
        guard let parts = state["s"]?.arrayValue, parts.count <= limit else { return nil }
        var kinds: [StepState] = []
        if let stored = state["k"] {
            guard let list = stored.arrayValue, list.count <= StepLetters.alphabet.count else { return nil }
            for item in list {
                guard let kind = StepState(stored: item, startedAt: startedAt, isKind: true),
                    StepKind(kind, after: 0) != nil
                else { return nil }
                kinds.append(kind)
            }
        }
        var steps: [StepState] = []
        steps.reserveCapacity(min(limit, 1_000))
        var row = StepKind.firstRow
        for part in parts {
            if let text = part.stringValue {
                guard let letters = StepLetters.read(text, limit: limit - steps.count) else { return nil }
                for letter in letters {
                    guard kinds.indices.contains(letter) else { return nil }
                    var step = kinds[letter]
                    if let distance = step.outputRevision {
                        row += distance
                        guard StepKind.firstRow + 1...Int(Int32.max) ~= row else { return nil }
                        step.outputRevision = row
                    }
                    steps.append(step)
                }
            } else {
                guard let step = StepState(stored: part, startedAt: startedAt) else { return nil }
                row = step.outputRevision ?? row
                steps.append(step)
            }
        }
        return steps.count <= limit ? steps : nil
    }
}
