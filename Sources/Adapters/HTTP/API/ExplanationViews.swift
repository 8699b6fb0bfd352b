public import SagaValues

/// What a saga waits for, what comes next, and what a person can do.
public struct ExplanationView: Codable, Sendable {
    public var id: UUID
    public var status: String
    public var revision: Int
    public var failure: FailureView?
    /// When it is late, while that matters to it.
    public var deadline: Timestamp?
    public var waits: [ExplainedWait]
    /// What happens by itself if nothing comes, and when.
    public var next: ExplainedOutlook?
    public var verbs: [VerbView]
    /// All of it in words, a line each.
    public var lines: [String]

    public init(
        id: UUID, status: String, revision: Int, failure: FailureView?, deadline: Timestamp?, waits: [ExplainedWait],
        next: ExplainedOutlook?, verbs: [VerbView], lines: [String]
    ) {
        self.id = id
        self.status = status
        self.revision = revision
        self.failure = failure
        self.deadline = deadline
        self.waits = waits
        self.next = next
        self.verbs = verbs
        self.lines = lines
    }
}

/// One thing that a saga waits for.
public struct ExplainedWait: Codable, Sendable {
    /// `locks`, `reply`, `next-attempt`, `turn` (its command is held back), `participant`, `person`, `time`, `event`, `approval` or `children`.
    public var kind: String
    /// Nil for the saga as a whole.
    public var step: String?
    /// In a sentence, without a full stop.
    public var text: String
    public var since: Timestamp?
    /// When it will go on by itself; nil if it will not.
    public var until: Timestamp?
    /// Of what is asked of a participant or of children: `do`, `undo` or `probe`.
    public var direction: String?
    public var participant: String?
    public var attempt: Int?
    /// Of an incident: why a person is waited for. Of a `turn`: `breaker`, `in-flight` or `rate`.
    public var cause: String?
    /// Of an approval: who may give it, and what is asked.
    public var role: String?
    public var question: String?
    public var events: [ExplainedEvent]?
    /// The child sagas that have not ended, the oldest first.
    public var children: [UUID]?
    public var locks: [ExplainedLock]?
    /// What each answer would lead to, if it came now.
    public var answers: [ExplainedOutlook]

    public init(
        kind: String, step: String?, text: String, since: Timestamp?, until: Timestamp?, answers: [ExplainedOutlook]
    ) {
        self.kind = kind
        self.step = step
        self.text = text
        self.since = since
        self.until = until
        self.answers = answers
    }
}

/// An event that would end a wait.
public struct ExplainedEvent: Codable, Sendable {
    public var event: String
    /// Where in the event the value stands by which it is found.
    public var path: String
    /// What has to stand there; nil if that cannot be made. `source` is how the workflow says it.
    public var value: JSON?
    public var source: String
    public var condition: String?
    /// Fails the step, with this code.
    public var rejection: String?

    public init(event: String, path: String, value: JSON?, source: String, condition: String?, rejection: String?) {
        self.event = event
        self.path = path
        self.value = value
        self.source = source
        self.condition = condition
        self.rejection = rejection
    }
}

/// A place in line for a lock key.
public struct ExplainedLock: Codable, Sendable {
    public var key: String
    /// Nil if nobody holds it, or a saga of another tenant.
    public var holder: UUID?
    public var ahead: Int

    public init(key: String, holder: UUID?, ahead: Int) {
        self.key = key
        self.holder = holder
        self.ahead = ahead
    }
}

/// What something would lead to.
public struct ExplainedOutlook: Codable, Sendable {
    /// What would have to happen, as the start of a sentence; nil for what happens by itself.
    public var occasion: String?
    public var at: Timestamp
    public var text: String

    public init(occasion: String?, at: Timestamp, text: String) {
        self.occasion = occasion
        self.at = at
        self.text = text
    }
}

/// What a person may ask of a saga, and what comes of it or why not.
public struct VerbView: Codable, Sendable {
    /// The last part of the path that it is asked for at: `retry`.
    public var verb: String
    public var step: String?
    /// Of `resolve`: what the person would say became of the step.
    public var outcome: String?
    /// Who may ask for it; nil where the workflow does not say.
    public var role: String?
    public var isLegal: Bool
    /// What it would lead to, if it is legal.
    public var outlook: String?
    public var objection: String?

    public init(
        verb: String, step: String?, outcome: String?, role: String?, isLegal: Bool, outlook: String?,
        objection: String?
    ) {
        self.verb = verb
        self.outcome = outcome
        self.step = step
        self.role = role
        self.isLegal = isLegal
        self.outlook = outlook
        self.objection = objection
    }
}
