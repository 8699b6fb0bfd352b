public import SagaValues

/// A start that nobody asked for in person, and that could not be made: an event that was put aside, or a time of a
/// schedule that was passed over. Nobody got an answer, so it is kept for people to see.
public struct FailedStart: Sendable, Hashable {
    public let source: Source
    /// The event's name, or the workflow that the clock starts.
    public let name: String
    /// The event's id, or the start's idempotency key. With the two above it names the start.
    public let key: String
    /// Why, in a sentence or several.
    public let reason: String
    /// When it was found out last, by the store's clock.
    public let at: Timestamp

    public enum Source: String, Sendable, Hashable, CaseIterable {
        case event
        case schedule
    }

    /// Of the reason 2000 Unicode scalars are kept, and NUL, which cannot be stored, is left out.
    public init(_ source: Source, name: String, key: String, reason: String, at: Timestamp) {
        self.source = source
        self.name = name
        self.key = key
        self.reason = String(
            String.UnicodeScalarView(reason.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(Self.reasonLimit)))
        self.at = at
    }

    private static let reasonLimit = 2_000
}
