/// Finds a text in another in time proportional to both (Knuth, Morris, Pratt, 1977).
///
/// Bytes will do: in UTF-8 no character's bytes begin inside of another's.
struct ByteSearch {
    private let needle: [UInt8]
    /// For each prefix of the needle, how long its longest proper suffix is that is a prefix too.
    private let border: [Int]

    init(_ needle: [UInt8]) {
        self.needle = needle
        var border = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[index] != needle[length] { length = border[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            border[index] = length
        }
        self.border = border
    }

    /// Where the needle begins in the text, the first time at or behind `start`.
    func first(in text: [UInt8], from start: Int) -> Int? {
        if needle.isEmpty { return start }
        var length = 0
        for index in start..<max(start, text.count) {
            while length > 0, text[index] != needle[length] { length = border[length - 1] }
            if text[index] == needle[length] { length += 1 }
            if length == needle.count { return index + 1 - length }
        }
        return nil
    }

    /// Where it begins the last time before or at `end`.
    func last(in text: [UInt8], before end: Int) -> Int? {
        let reversed = ByteSearch(needle.reversed())
        let limit = min(text.count, end + needle.count)
        return reversed.first(in: text[..<limit].reversed(), from: 0).map { limit - $0 - needle.count }
    }
}
