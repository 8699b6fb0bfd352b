/// When and how often an action is tried again.
///
/// The wait before attempt n+1 is drawn from 0 up to `initial * factor^(n-1)`, at most `max` ("full
/// jitter"; Brooker, "Exponential Backoff And Jitter", 2015), or is that bound itself without jitter.
public struct RetryPolicy: Sendable, Hashable {
    /// How many attempts there are in all, at least 1; nil: without end.
    public let attempts: Int?
    public let initial: Duration
    /// In thousandths, so that a policy is exact and hashable: 2000 doubles the wait. At least 1000.
    public let factorPermille: Int
    public let max: Duration
    public let jitter: Bool
    /// How long one attempt waits for its reply.
    public let timeout: Duration

    public init(
        attempts: Int? = 5, initial: Duration = .seconds(1), factorPermille: Int = 2000,
        max: Duration = .seconds(30), jitter: Bool = true, timeout: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.initial = initial
        self.factorPermille = factorPermille
        self.max = max
        self.jitter = jitter
        self.timeout = timeout
    }

    public static let `default` = RetryPolicy()
    /// An undo tries longer before it asks a person: 10 attempts, up to a minute apart.
    public static let undoDefault = RetryPolicy(attempts: 10, max: .seconds(60))
    /// Of what the orchestrator does itself, and so of child sagas: it is asked again and again how far it is.
    public static let own = RetryPolicy(attempts: nil, max: .seconds(3600))
}
