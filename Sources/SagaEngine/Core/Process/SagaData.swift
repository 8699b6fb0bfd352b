internal import SagaValues

/// The input and the outputs of a saga: what its expressions and commands are made from.
///
/// They are not part of the state that every transition rewrites; the state tells which row of the history has which.
public struct SagaData: Sendable {
    /// By the revision of the history row that holds it, as the bytes that came.
    public private(set) var payloads: [Int: [UInt8]]
    /// What the payloads have together; counted as they come, since it is asked for often.
    private var payloadBytes: Int
    /// Whether payloads may be elsewhere that the state names: they are loaded once they are asked for.
    public let isPartial: Bool
    /// The rows that were asked for and are elsewhere. What came of the asking does not count: load them, and begin
    /// again from the saga as it was.
    public private(set) var missing: Set<Int> = []
    /// What was parsed or counted before. Each only saves work: it follows from the payloads.
    private var parsed: [Int: JSON] = [:]
    /// How long what was parsed is as text.
    private var parsedBytes = 0
    /// The items of each `each`, by its step.
    var lists: [Int: [JSON]] = [:]

    public init(payloads: [Int: [UInt8]] = [:], isPartial: Bool = false) {
        self.payloads = payloads
        self.isPartial = isPartial
        payloadBytes = payloads.values.reduce(0) { $0 + $1.count }
    }

    /// The room that it takes, roughly: a list of numbers is about eight times as large parsed as it is as text.
    public var bytes: Int { payloadBytes + 8 * parsedBytes }

    /// Keeps an input or an output under the revision of its history row.
    public mutating func keep(_ payload: [UInt8], at revision: Int) {
        let former = payloads.updateValue(payload, forKey: revision)
        payloadBytes += payload.count - (former?.count ?? 0)
        if parsed.removeValue(forKey: revision) != nil { parsedBytes -= former?.count ?? 0 }
    }

    /// Nil if there is none, or it is no JSON.
    mutating func json(at revision: Int) -> JSON? {
        if let json = parsed[revision] { return json }
        guard let payload = payloads[revision] else {
            if isPartial { missing.insert(revision) }
            return nil
        }
        guard let json = try? JSON(parsing: payload) else { return nil }
        parsed[revision] = json
        parsedBytes += payload.count
        return json
    }

    /// Takes in what was missing. Of a row that is nowhere there is nothing to be had, and nobody asks for it again.
    mutating func supply(_ missing: Set<Int>, from found: [Int: [UInt8]]) {
        for revision in missing { keep(found[revision] ?? [], at: revision) }
        self.missing.subtract(missing)
    }

    /// Forgets what can be made again, so that a saga at rest takes no more than its payloads.
    mutating func rest() {
        parsed = [:]
        parsedBytes = 0
        lists = [:]
    }
}
