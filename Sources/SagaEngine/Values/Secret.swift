/// Text that must not show up in logs, errors or dumps: a password, a token.
///
/// Printing, interpolating, dumping and mirroring all give `••••`; only ``reveal()`` gives the text.
public struct Secret: Sendable {
    private let text: String

    /// Hides the text from here on.
    public init(_ text: String) {
        self.text = text
    }

    /// The text itself: call it where it is handed over, and keep no copy.
    public func reveal() -> String {
        text
    }
}

extension Secret: Equatable {
    /// Takes the same time wherever the bytes differ, so that a guess cannot be improved by measuring.
    /// The length is not hidden.
    public static func == (left: Secret, right: Secret) -> Bool {
        let left = left.text.utf8.span
        let right = right.text.utf8.span
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices {
            difference |= left[index] ^ right[index]
        }
        return difference == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "••••" }
    public var debugDescription: String { "••••" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
