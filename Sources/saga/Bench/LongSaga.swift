internal import SagaValues

/// A saga with a long life, of which the beginning and the end are compared.
enum LongSaga: Sendable {
    /// One `each` of so many items, two steps for each, 50 at once.
    case list(Int)
    /// So many events in one saga: ten steps, whose participant says again and again that it is still at work.
    case history(Int)

    static let atOnce = 50
    private static let steps = 10

    /// How long it is, in its own terms.
    var count: Int {
        switch self {
        case .list(let items): items
        case .history(let events): events
        }
    }

    var name: String {
        switch self {
        case .list(let items): "each of \(items)"
        case .history(let events): "\(events) events"
        }
    }

    var workflow: String {
        switch self {
        case .list: "bench-each"
        case .history: "bench-history"
        }
    }

    var definition: String {
        switch self {
        case .list:
            return """
                workflow: bench-each
                version: 1
                steps:
                  - all:
                      each: "${input.items}"
                      as: item
                      atOnce: \(LongSaga.atOnce)
                      steps:
                        - a: { do: one.work, undo: one.unwork, with: { payload: "${item.payload}" } }
                        - b: { do: two.work, undo: two.unwork, with: { payload: "${item.payload}" } }
                """
        case .history:
            let steps = (1...LongSaga.steps).map { number in
                "  - s\(number): { do: one.work, undo: one.unwork, with: { working: \"${input.working}\" } }"
            }
            return "workflow: bench-history\nversion: 1\nsteps:\n" + steps.joined(separator: "\n") + "\n"
        }
    }

    var input: JSON {
        switch self {
        case .list(let items):
            let item: JSON = ["payload": .string(String(repeating: "x", count: 100))]
            return ["items": .array(Array(repeating: item, count: items))]
        case .history(let events):
            return ["working": .number(String(events / LongSaga.steps - 1))]
        }
    }

    /// How many rows of history it comes to, those of its children among them.
    var events: Int {
        switch self {
        // The start, the count and an end for each item; and each item its start and its two steps.
        case .list(let items): 2 + items + 3 * items
        case .history(let events): 1 + events / LongSaga.steps * LongSaga.steps
        }
    }
}
