public import SagaValues

/// How a participant works. The defaults suit a service whose handlers take milliseconds.
public struct ParticipantConfiguration: Sendable {
    /// How many commands are worked on at once. Each needs a database connection of the pool, so more
    /// than the pool's size only waits.
    public var concurrency = 8
    /// How many commands the broker hands out before the first is acknowledged. A few times
    /// ``concurrency``, so that the next is at hand when one is done; everything beyond waits at the
    /// broker, where another worker can take it.
    public var prefetch = 64
    /// The largest body of a command and of an output.
    public var limits = JSON.Limits.default
    /// How long the barrier remembers: longer than a saga may be open, incidents included. The default is a month
    /// more than the longest deadline. Commands of sagas that began earlier, and of which nothing is remembered, are
    /// answered with `retry`, ``KitCode/barrierExpired``: in the end a person decides.
    public var retention: Duration = .seconds(400 * 86_400)
    /// How often a message may be begun without being finished, because the process died, before it is
    /// put aside.
    public var maximumTries = 3
    /// How often a subscription may fail with an event before that is put aside; all events behind it wait meanwhile,
    /// about ten seconds by default. What passes by itself does not count: a ``TemporaryFailure``, and a database that
    /// is away or in which another transaction won.
    public var maximumEventTries = 8
    /// How long an orderly stop waits for the handlers that are running; what is not done by then is
    /// rolled back and delivered again.
    public var stopTimeout: Duration = .seconds(8)
    /// How often the outbox is looked at for events of other processes; one's own leave at once.
    public var outboxInterval: Duration = .milliseconds(500)
    /// Keeps the commands in a quorum queue, which survives the loss of a node; a classic queue has less
    /// latency on a single node. A queue cannot change its kind.
    public var usesQuorumQueues = true
    /// Whether this process also publishes the outbox of its database. Switch it off where another does.
    public var relaysOutbox = true

    public init() {}
}
