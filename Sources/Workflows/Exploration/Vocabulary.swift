import SagaCore

/// The ways that each step was found to stand in, and the headers, by number.
///
/// They are few, where states are many: a state is a number for its header and one for each step, and two states are
/// the same exactly when those are.
struct Vocabulary {
    private(set) var parts: [[StepPart]]
    private(set) var headers: [Header] = []
    private var fingerprints: [[UInt64]]
    private var headerFingerprints: [UInt64] = []
    private var numbers: [[StepPart.Key: UInt32]]
    private var headerNumbers: [Header: UInt32] = [:]

    /// Stands for what has no number yet.
    static let unknown = UInt32.max

    init(steps: Int) {
        parts = Array(repeating: [], count: steps)
        fingerprints = Array(repeating: [], count: steps)
        numbers = Array(repeating: [:], count: steps)
    }

    func number(_ step: Int, _ key: StepPart.Key) -> UInt32 { numbers[step][key] ?? Vocabulary.unknown }
    func number(_ header: Header) -> UInt32 { headerNumbers[header] ?? Vocabulary.unknown }
    func fingerprint(_ step: Int, _ number: UInt32) -> UInt64 { fingerprints[step][Int(number)] }
    func headerFingerprint(_ number: UInt32) -> UInt64 { headerFingerprints[Int(number)] }

    mutating func learn(_ step: Int, _ part: StepPart) -> UInt32 {
        let key = part.key
        if let number = numbers[step][key] {
            assert(parts[step][Int(number)] == part, "the key of a part leaves something out")
            return number
        }
        let number = UInt32(parts[step].count)
        numbers[step][key] = number
        parts[step].append(part)
        fingerprints[step].append(key.fingerprint(step))
        return number
    }

    mutating func learn(_ header: Header) -> UInt32 {
        if let number = headerNumbers[header] { return number }
        let number = UInt32(headers.count)
        headerNumbers[header] = number
        headers.append(header)
        headerFingerprints.append(header.fingerprint)
        return number
    }
}
