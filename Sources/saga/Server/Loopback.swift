/// Whether what is said to a host stays on this machine.
enum Loopback {
    /// By its address: what a name stands for is not known before it is asked for.
    static func contains(_ host: String) -> Bool {
        let name = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(name) { return true }
        // A leading zero would make it octal to others, and another address.
        let bytes = name.split(separator: ".", omittingEmptySubsequences: false).map { part in
            UInt8(part).flatMap { part == "\($0)" ? $0 : nil }
        }
        return bytes.count == 4 && !bytes.contains(nil) && bytes[0] == 127
    }
}
