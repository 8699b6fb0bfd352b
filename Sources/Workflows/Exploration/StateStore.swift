/// Every state that was met, once, in the order in which they were met; none is taken for another.
///
/// A state is `width` numbers of 4 bytes, the one from which it was first reached, 8 bytes of its fingerprint, and from
/// 8 to 16 bytes of the table in which it is found: 4 * (steps + 1) + 20 to 28 bytes.
struct StateStore {
    let width: Int
    private var codes: [UInt32] = []
    private var parents: [UInt32] = []
    private var fingerprints: [UInt64] = []
    /// Open addressing: one more than the place of a state, 0 where there is none.
    private var table = [UInt32](repeating: 0, count: 1024)

    init(width: Int) { self.width = width }

    var count: Int { parents.count }

    /// The state from which it was first reached; the first state is its own.
    func parent(of state: Int) -> Int { Int(parents[state]) }

    func code(of state: Int) -> ArraySlice<UInt32> { codes[state * width..<(state + 1) * width] }

    func contains(_ code: [UInt32], _ fingerprint: UInt64) -> Bool {
        table[slot(of: code, fingerprint)] != 0
    }

    /// False if it is known.
    mutating func insert(_ code: [UInt32], _ fingerprint: UInt64, from parent: Int) -> Bool {
        let slot = slot(of: code, fingerprint)
        guard table[slot] == 0 else { return false }
        codes.append(contentsOf: code)
        fingerprints.append(fingerprint)
        parents.append(UInt32(parent))
        table[slot] = UInt32(count)
        if count * 2 > table.count { grow() }
        return true
    }

    /// Where it stands in the table, or would.
    private func slot(of code: [UInt32], _ fingerprint: UInt64) -> Int {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: fingerprint) & mask
        while true {
            let entry = table[slot]
            if entry == 0 || (fingerprints[Int(entry) - 1] == fingerprint && isSame(Int(entry) - 1, code)) {
                return slot
            }
            slot = (slot + 1) & mask
        }
    }

    private func isSame(_ state: Int, _ code: [UInt32]) -> Bool {
        let start = state * width
        for index in 0..<width where codes[start + index] != code[index] { return false }
        return true
    }

    private mutating func grow() {
        let mask = table.count * 2 - 1
        table = [UInt32](repeating: 0, count: mask + 1)
        for state in 0..<count {
            var slot = Int(truncatingIfNeeded: fingerprints[state]) & mask
            while table[slot] != 0 { slot = (slot + 1) & mask }
            table[slot] = UInt32(state + 1)
        }
    }
}
