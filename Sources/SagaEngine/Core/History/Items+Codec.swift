/// The stored form of a list's items: how many in a row are in which phase, `d12o4w84`, and behind a `/` the rounds of
/// those that were started anew, `7:2,9-12:3`. So its size goes with what is going on, not with how long the list is.
extension Items {
    private static let letters = Array("wodfusk")

    var encoded: String {
        var text = ""
        var index = 0
        while index < phases.count {
            let phase = phases[index]
            var end = index
            while end < phases.count, phases[end] == phase { end += 1 }
            text += "\(Items.letters[Int(phase.rawValue)])\(end - index)"
            index = end
        }
        if !rounds.isEmpty {
            text +=
                "/"
                + roundRuns.map { run in
                    let last = run.items.upperBound
                    return run.items.count == 1
                        ? "\(last):\(run.round)" : "\(run.items.lowerBound)-\(last):\(run.round)"
                }.joined(separator: ",")
        }
        return text
    }

    /// Items in a row that are in the same round, but for the first.
    private var roundRuns: [(items: ClosedRange<Int>, round: Int)] {
        var runs: [(items: ClosedRange<Int>, round: Int)] = []
        for (item, round) in rounds.sorted(by: { $0.key < $1.key }) {
            if let last = runs.last, last.round == round, last.items.upperBound == item - 1 {
                runs[runs.count - 1].items = last.items.lowerBound...item
            } else {
                runs.append((item...item, round))
            }
        }
        return runs
    }

    /// Nil for what ``encoded`` cannot have written.
    init?(encoded text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var phases: [Phase] = []
        var rest = (parts.first ?? "")[...]
        while let letter = rest.popFirst() {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard let index = Items.letters.firstIndex(of: letter), let phase = Phase(rawValue: UInt8(index)),
                let count = Int(digits), 1...Each.itemLimit ~= count, phases.count + count <= Each.itemLimit
            else { return nil }
            phases.append(contentsOf: repeatElement(phase, count: count))
            rest = rest.dropFirst(digits.count)
        }
        var rounds: [Int: Int] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: ",") : [] {
            let sides = pair.split(separator: ":")
            guard sides.count == 2, let round = Int(sides[1]), round > 1 else { return nil }
            let ends = sides[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
            guard case let first?? = ends.first, case let last?? = ends.last, first <= last,
                phases.indices.contains(first), phases.indices.contains(last)
            else { return nil }
            for item in first...last { rounds[item] = round }
        }
        self.init(phases, rounds: rounds)
    }
}
