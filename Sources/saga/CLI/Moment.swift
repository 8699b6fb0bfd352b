internal import ArgumentParser
internal import SagaValues

/// A time as people write one.
enum Moment {
    /// ISO 8601, or how long ago: `2h`, `3d`.
    @Sendable
    static func read(_ text: String) throws -> Timestamp {
        if let time = Timestamp(iso8601: text) { return time }
        guard let ago = Duration(sagaText: text) else {
            throw ValidationError("it is no time: 2026-11-21T10:00:00Z is one, and 2h is two hours ago")
        }
        return .now() - ago
    }
}
