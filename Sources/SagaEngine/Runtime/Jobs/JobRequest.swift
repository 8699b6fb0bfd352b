public import SagaValues

/// A wish to have one verb carried out on many sagas.
public struct JobRequest: Sendable {
    public let verb: OperatorRequest.Verb
    public let filter: SagaFilter
    /// The filter as people wrote it.
    public let filterText: JSON
    public let reason: String
    public let rate: Int
    /// The same request with the same key makes one job.
    public let key: String
    public let requester: Requester

    public init(
        verb: OperatorRequest.Verb, filter: SagaFilter, filterText: JSON, reason: String, rate: Int, key: String,
        requester: Requester
    ) {
        self.verb = verb
        self.filter = filter
        self.filterText = filterText
        self.reason = reason
        self.rate = rate
        self.key = key
        self.requester = requester
    }
}

/// What a job would do.
public struct JobPreview: Sendable {
    public let affected: AffectedSagas
    /// Whether there are more than a job may have; then `affected` has one more than that.
    public let isTooMany: Bool
    /// Some of them, and what would come of the verb.
    public let sample: [Look]

    public struct Look: Sendable {
        public let saga: UUID
        public let outlook: Outlook
    }

    public enum Outlook: Sendable, Hashable {
        /// What would change, in sentences.
        case changes([String])
        /// Why it would be refused.
        case refused(String)
    }
}

/// What a person can have done to a job.
public enum JobControl: String, Sendable, CaseIterable {
    case pause, resume, abort

    /// From which statuses, and to which.
    public var transition: (from: Set<SagaJob.Status>, to: SagaJob.Status) {
        switch self {
        case .pause: ([.running], .paused)
        case .resume: ([.paused], .running)
        case .abort: ([.running, .paused], .aborted)
        }
    }
}

/// Why a wish about jobs is not granted.
public enum JobError: Error, Sendable {
    case unknownJob(UUID)
    /// The filter admits more sagas than a job may have.
    case tooMany(limit: Int)
    /// The key was used for this job, which is another order.
    case keyConflict(UUID)
    /// The job's status does not allow it.
    case illegal(String)
    case engine(EngineError)
    case store(StoreError)
}
