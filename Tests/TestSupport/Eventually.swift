/// Waits until a condition holds; fails loudly, with what was waited for, when the time is up.
///
/// - Parameters:
///   - what: as a sentence's subject: "the reply comes".
///   - limit: long enough for a machine that is busy with all other tests.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw NeverHappened(what: what, limit: limit) }
        try await Task.sleep(for: pause)
    }
}

public struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    let limit: Duration

    public var description: String { "did not happen within \(limit): \(what)" }
}
