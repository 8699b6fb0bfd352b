/// A part of an expression's text, in UTF-8 bytes from the start of the expression.
public struct TextRange: Sendable, Hashable {
    /// Where it begins, from 0 to the length of the text.
    public let offset: Int
    /// How long it is; 0 at the end of the text, where something is missing.
    public let length: Int

    public init(offset: Int, length: Int) {
        self.offset = offset
        self.length = length
    }

    init(from start: Int, to end: Int) {
        self.init(offset: start, length: max(0, end - start))
    }

    /// Behind its last byte.
    public var end: Int { offset + length }

    /// From where this begins to where the other ends.
    func through(_ other: TextRange) -> TextRange {
        TextRange(from: offset, to: max(end, other.end))
    }
}
