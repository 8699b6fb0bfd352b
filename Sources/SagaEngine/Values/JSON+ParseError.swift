extension JSON {
    /// What a document may cost at most.
    public struct Limits: Sendable, Hashable {
        /// The size of the text in bytes.
        public var bytes: Int
        /// How many arrays and objects may stand inside each other; never more than ``greatestDepth``.
        public var depth: Int

        /// The wire's limits, or others.
        public init(bytes: Int = 1 << 20, depth: Int = 64) {
            self.bytes = bytes
            self.depth = depth
        }

        /// 1 MiB and 64 levels, the wire's limits.
        public static let `default` = Limits()

        /// Beyond this even a generous ``depth`` refuses: reading, comparing and freeing a value recurse,
        /// and a trap for want of stack cannot be caught.
        public static let greatestDepth = 512
    }

    /// Why a text is not accepted as JSON, and where.
    public struct ParseError: Error, Hashable, CustomStringConvertible {
        /// What is wrong.
        public let code: Code
        /// Bytes from the start.
        public let offset: Int
        /// From 1; lines end with a line feed.
        public let line: Int
        /// From 1, in Unicode scalars.
        public let column: Int

        /// For tests and other readers that report the same way.
        public init(code: Code, offset: Int, line: Int, column: Int) {
            self.code = code
            self.offset = offset
            self.line = line
            self.column = column
        }

        /// Everything that can be wrong; see ``explanation``.
        public enum Code: String, Sendable, Hashable, CaseIterable {
            case tooBig
            case tooDeep
            case invalidUTF8
            case byteOrderMark
            case unexpectedEnd
            case unexpectedCharacter
            case trailingData
            case invalidNumber
            case invalidEscape
            case loneSurrogate
            /// `\u0000`, which PostgreSQL cannot store in jsonb or text.
            case nulCharacter
            /// A control character that had to be escaped.
            case controlCharacter
            case duplicateName
        }

        /// Names the place and the fault, never the content, which may be secret.
        public var description: String {
            "line \(line), column \(column): \(code.explanation)"
        }
    }
}

extension JSON.ParseError.Code {
    /// What is wrong, in words.
    public var explanation: String {
        switch self {
        case .tooBig: "the document is larger than allowed"
        case .tooDeep: "arrays and objects are nested deeper than allowed"
        case .invalidUTF8: "these bytes are not UTF-8"
        case .byteOrderMark: "a byte order mark must not stand before the document"
        case .unexpectedEnd: "the document ends too early"
        case .unexpectedCharacter: "this character cannot stand here"
        case .trailingData: "something follows the end of the document"
        case .invalidNumber: "this is not a JSON number"
        case .invalidEscape: "this is not an escape that JSON knows"
        case .loneSurrogate: "half of a surrogate pair stands alone"
        case .nulCharacter: "the character U+0000 cannot be stored"
        case .controlCharacter: "a control character in a string must be escaped"
        case .duplicateName: "a member of this name was there before"
        }
    }
}

extension JSON.ParseError {
    /// Finds line and column, which is worth its time only once something is wrong.
    init(code: Code, offset: Int, in input: Span<UInt8>) {
        var line = 1
        var column = 1
        for index in 0..<min(offset, input.count) {
            if input[index] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if input[index] & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(code: code, offset: offset, line: line, column: column)
    }
}
