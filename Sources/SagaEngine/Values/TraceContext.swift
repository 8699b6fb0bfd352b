/// The place of a message in a distributed trace (W3C Trace Context, level 1).
public struct TraceContext: Sendable, Hashable {
    /// `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`
    public let traceparent: String
    /// What tracing systems add of their own.
    public let tracestate: String?

    /// Nil when `traceparent` is not valid, as the standard asks: a broken trace must not stop the work.
    public init?(traceparent: String, tracestate: String? = nil) {
        guard TraceContext.isValid(traceparent) else { return nil }
        self.traceparent = traceparent
        // Beyond 512 characters the standard lets anyone drop it.
        self.tracestate = tracestate.flatMap { $0.utf8.count <= 512 && !$0.isEmpty ? $0 : nil }
    }

    private static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8.span
        let hyphen = UInt8(ascii: "-")
        let version00 = 55
        guard version00...256 ~= bytes.count else { return false }
        guard bytes[2] == hyphen, bytes[35] == hyphen, bytes[52] == hyphen else { return false }
        guard isHexadecimal(bytes, 0..<2), isHexadecimal(bytes, 3..<35), isHexadecimal(bytes, 36..<52),
            isHexadecimal(bytes, 53..<55), !isAll(bytes, 3..<35, "0"), !isAll(bytes, 36..<52, "0"),
            !isAll(bytes, 0..<2, "f")
        else { return false }
        // Version 00 ends here; later ones may go on after another hyphen.
        return bytes.count == version00 || (bytes[version00] == hyphen && !isAll(bytes, 0..<2, "0"))
    }

    private static func isHexadecimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            default: return false
            }
        }
        return true
    }

    private static func isAll(_ bytes: Span<UInt8>, _ range: Range<Int>, _ digit: Unicode.Scalar) -> Bool {
        for index in range where bytes[index] != UInt8(ascii: digit) { return false }
        return true
    }
}
