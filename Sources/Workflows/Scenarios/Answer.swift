internal import SagaCore
internal import SagaValues

/// What a participant, or a child saga, says to one command.
struct Answer: Sendable, Hashable {
    var kind: Kind
    /// How long it takes.
    var after = Duration.zero
    /// How often it says meanwhile that it is still at it; nil: it does not.
    var working: Duration?
    /// Whether the reply comes again.
    var isTwice = false

    enum Kind: Sendable, Hashable {
        case done(JSON)
        case rejected(String)
        /// Not now; perhaps with the pause that it asks for.
        case retry(Duration?)
        /// It does not know whether it happened; perhaps with the pause that it asks for.
        case unknown(Duration?)
        /// Says once that it is at it, and nothing more.
        case working
        /// No reply.
        case silence
        /// The broker has no queue for the command.
        case returned
    }

    static let done = Answer(kind: .done([:]))

    /// In a word, for the story.
    var text: String {
        switch kind {
        case .done(let output): output == [:] ? "done" : "done \(output.shown)"
        case .rejected(let code): "rejected \(code)"
        case .retry(let pause): "retry" + (pause.map { ", not before \($0.sagaText)" } ?? "")
        case .unknown(let pause): "does not know" + (pause.map { ", not before \($0.sagaText)" } ?? "")
        case .working: "working"
        case .silence: "says nothing"
        case .returned: "has no queue"
        }
    }

    /// As the machine takes it, with the body that the history keeps; nil if nothing comes.
    var reply: (SagaEvent.Reply, [UInt8])? {
        switch kind {
        case .done(let output): return (.done, output.bytes)
        case .rejected(let code):
            let error = StepError(code: code, message: "refused")
            return (.rejected(error), error.body)
        case .retry(let pause):
            let bytes = Answer.body("not-now", "try again", pause)
            return (.retry(StepError(body: bytes), after: StepError.retryAfter(in: bytes)), bytes)
        case .unknown(let pause):
            let bytes = Answer.body("answer-lost", "nobody knows whether it happened", pause)
            return (.unknown(StepError(body: bytes), after: StepError.retryAfter(in: bytes)), bytes)
        case .working: return (.working, JSON.object([:]).bytes)
        case .silence, .returned: return nil
        }
    }

    private static func body(_ code: String, _ message: String, _ pause: Duration?) -> [UInt8] {
        var body: JSON.Object = ["code": .string(code), "message": .string(message)]
        if let pause { body["retryAfter"] = .number(pause.decimalSeconds) }
        return JSON.object(body).bytes
    }
}

/// The answers of one scenario, or of the file's defaults, by what they answer to.
struct Script: Sendable {
    struct Entry: Sendable {
        /// One for each attempt; the last is for all that follow. Not empty.
        let answers: [Answer]
        let line: Int
    }

    var entries: [String: Entry] = [:]
}

extension Duration {
    /// Whole seconds, or with a fraction.
    fileprivate var decimalSeconds: String {
        let microseconds = wholeMicroseconds
        guard microseconds % 1_000_000 != 0 else { return String(microseconds / 1_000_000) }
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

extension JSON {
    /// On one line, cut to what is worth showing.
    var shown: String {
        let text = text
        return text.unicodeScalars.count <= 120 ? text : String(text.prefix(119)) + "…"
    }
}
