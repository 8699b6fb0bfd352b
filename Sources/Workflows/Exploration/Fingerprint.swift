/// A number for what was added, the same in every process. Where it is not enough to tell two things apart, they are
/// compared themselves.
struct Fingerprint {
    private(set) var value: UInt64

    init(seed: Int) { value = 0x243F_6A88_85A3_08D3 &+ UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x9FB2_1C65_1E98_DF25
        value ^= value >> 32
        value = value &* 0xD6E8_FEB8_6659_FD93
        value ^= value >> 29
    }
}
