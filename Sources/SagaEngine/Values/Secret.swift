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
    /// In constant time.
    public static func == (left: Secret, right: Secret) -> Bool {
        left.text.utf8.hasSameBytesInConstantTime(as: right.text.utf8)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "••••" }
    public var debugDescription: String { "••••" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
