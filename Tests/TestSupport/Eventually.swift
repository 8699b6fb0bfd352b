/// Waits until a condition holds; fails loudly, with what was waited for, when the time is up.
///
/// - Parameters:
///   - what: as a sentence: "the reply has come".
///   - limit: such as only a failing test reaches, on a machine that is busy with all the others too.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(5),
    isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
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
