extension StringProtocol {
    /// With a to z for A to Z, and all else as it is: the same on every machine, whatever its locale.
    public var lowercasedASCII: String {
        String(decoding: utf8.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
