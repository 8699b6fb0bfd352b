internal import SagaValues

extension DefinitionReader {
    private static let pauses = Duration.milliseconds(1)...Duration.seconds(86_400)

    /// What `retry` or `undoRetry` says.
    ///
    /// - Parameter timeout: the `timeout` that stands beside it and would say the same thing again.
    mutating func readRetry(
        _ entry: YAMLEntry?, beside timeout: Located<Duration>? = nil, isUndo: Bool = false
    ) -> DraftRetry {
        var retry = DraftRetry()
        guard let entry else { return retry }
        retry.position = entry.keyPosition
        guard let map = map(entry, "'\(entry.key)'", help: "write '\(entry.key): { attempts: 3, initial: 1s }'") else {
            return retry
        }
        checkKeys(
            of: map, in: "'\(entry.key)'", known: ["attempts", "initial", "factor", "max", "jitter", "timeout"])
        retry.attempts = attempts(map["attempts"], isUndo: isUndo)
        retry.initial = duration(map["initial"], in: DefinitionReader.pauses)
        retry.factorPermille = thousandths(map["factor"], in: 1000...100_000)
        retry.max = duration(map["max"], in: DefinitionReader.pauses)
        retry.jitter = choice(map["jitter"], [("full", true), ("none", false)])
        retry.timeout = duration(map["timeout"], in: DefinitionReader.attemptTimeouts)
        if timeout != nil, let again = map["timeout"] {
            report(
                .conflictingKeys, again.keyPosition, "'timeout' stands here and beside '\(entry.key)'",
                help: "keep one of them: both are the time that one attempt waits for its reply")
        }
        return retry
    }

    private mutating func attempts(_ entry: YAMLEntry?, isUndo: Bool) -> Located<DraftRetry.Attempts>? {
        if let entry, case .scalar(let scalar) = entry.value.content, scalar.text == "unlimited" {
            guard isUndo else { return Located(.unlimited, at: entry.position) }
            report(
                .outOfRange, entry.position, "an undo that never gives up would never ask a person for help",
                help: "set a number of attempts; when they are spent, an incident is opened")
            return nil
        }
        guard let number = wholeNumber(entry, in: 1...1000) else { return nil }
        return Located(.limited(number.value), at: number.position)
    }
}
