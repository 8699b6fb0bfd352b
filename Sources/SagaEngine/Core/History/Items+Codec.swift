/// The stored form of a list's items: how many in a row are in which phase, `d12o4w84`, and behind a `/` the rounds of
/// those that were started anew, `7:2`. So its size goes with what is going on, not with how long the list is.
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
            text += "/" + rounds.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
        }
        return text
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
            let numbers = pair.split(separator: ":").compactMap { Int($0) }
            guard numbers.count == 2, phases.indices.contains(numbers[0]), numbers[1] > 1 else { return nil }
            rounds[numbers[0]] = numbers[1]
        }
        self.init(phases, rounds: rounds)
    }
}
