/// What can be seen of TLS from outside: the kinds of records, and what a client offers.
public struct TLSRecords: Sendable {
    /// 20 change of cipher, 21 alert, 22 handshake, 23 data. (From 1.3 on everything behind the hello is called 23.)
    public let types: [UInt8]
    /// Versions in the first hello, the newest first: 0x0304 is TLS 1.3.
    public let offered: [UInt16]
    /// What is no record.
    public let rest: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        var (types, offered, at): ([UInt8], [UInt16], Int) = ([], [], 0)
        while at + 5 <= bytes.count, (20...23).contains(bytes[at]), bytes[at + 1] == 3 {
            let end = at + 5 + Int(bytes[at + 3]) << 8 + Int(bytes[at + 4])
            guard end <= bytes.count else { break }
            if types.isEmpty { offered = Self.versions(Array(bytes[at + 5..<end])) }
            types.append(bytes[at])
            at = end
        }
        (self.types, self.offered, self.rest) = (types, offered, Array(bytes[at...]))
    }

    /// Of a ClientHello (RFC 8446, 4.1.2): the extension supported_versions, or else the old field.
    private static func versions(_ hello: [UInt8]) -> [UInt16] {
        func number(_ at: Int) -> Int { at + 1 < hello.count ? Int(hello[at]) << 8 | Int(hello[at + 1]) : 0 }
        guard hello.count > 39, hello[0] == 1 else { return [] }
        var at = 38
        at += 1 + Int(hello[at])
        at += 2 + number(at)
        guard at < hello.count else { return [] }
        at += 1 + Int(hello[at])
        let end = at + 2 + number(at)
        at += 2
        while at + 4 <= min(end, hello.count) {
            let (kind, length) = (number(at), number(at + 2))
            if kind == 43 { return stride(from: at + 5, to: at + 4 + length, by: 2).map { UInt16(number($0)) } }
            at += 4 + length
        }
        return [UInt16(number(4))]
    }
}
