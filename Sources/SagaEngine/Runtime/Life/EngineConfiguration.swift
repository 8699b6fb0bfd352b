/// How a node works. The defaults are for production.
public struct EngineConfiguration: Sendable, Hashable {
    /// What people recognise the node by; need not be unique.
    public var nodeName: String
    /// The most inputs that one batch takes, 1 or more. The larger, the more throughput and memory.
    public var batchLimit = 512
    /// The most bytes of inputs and replies that one batch takes, unless a single one has more.
    public var batchByteLimit = 16 << 20
    /// How many starts may wait for a batch before callers are told that the node is overloaded.
    public var startLimit = 20_000
    /// How many bytes of input waiting starts may have together before callers are told the same.
    public var startByteLimit = 256 << 20
    /// How many open sagas are kept in memory; 0 loads each from the store.
    public var cachedSagas = 20_000
    /// How long after its last sign of life a node is taken for dead.
    public var lease = Duration.seconds(5)
    public var heartbeat = Duration.seconds(1)
    /// How often due timers are looked for, so how late one may be.
    public var timerPoll = Duration.milliseconds(200)
    public var timerPage = 1_000
    /// How many sagas of a dead node are taken over in one batch.
    public var takeOverPage = 500
    /// How often workflow versions that other nodes deployed are looked for.
    public var catalogPoll = Duration.seconds(2)
    /// How often starts by the clock that were not foreseen are looked for, so how late one may be after a change.
    public var schedulePoll = Duration.seconds(1)
    /// How often the leader looks for what was handed to a saga and did not get there.
    public var signalPoll = Duration.seconds(5)
    /// How long events are kept after they came in: the longest that a saga's start may lie before the step that waits
    /// for them. Dropped by the leader.
    public var eventRetention = Duration.seconds(7 * 86_400)
    /// How often those that were kept for long enough are looked for.
    public var eventUpkeep = Duration.seconds(3600)
    /// How many dead letters are kept at most, and how many bytes they may have together; more wait at the broker.
    public var deadLetterLimit = 100_000
    public var deadLetterBytes = 1 << 30
    /// How long a dead letter is kept after it was put back or discarded. Open ones stay.
    public var deadLetterRetention = Duration.seconds(30 * 86_400)
    /// How often those that were kept for long enough are looked for.
    public var deadLetterUpkeep = Duration.seconds(600)
    /// How long dead letters wait that cannot be kept, before it is tried again.
    public var deadLetterPause = Duration.seconds(5)
    /// How long a job is kept after its end. Open ones stay.
    public var jobRetention = Duration.seconds(90 * 86_400)
    /// How long an access token is kept, for who looks for it in lists, after it expired or was revoked.
    public var tokenRetention = Duration.seconds(90 * 86_400)
    /// How often both are looked for.
    public var retentionUpkeep = Duration.seconds(3600)
    /// How often what has ended is counted for statistics.
    public var statisticsPoll = Duration.seconds(30)
    /// How often jobs that run are looked for, so how late one may begin that another node has made or resumed.
    public var jobPoll = Duration.milliseconds(500)
    /// How many jobs are worked on at once, the oldest first.
    public var jobLimit = 50
    /// How many items of a job are under way at once.
    public var jobItemsAtOnce = 64
    /// When a participant counts as down.
    public var breaker = BreakerSettings()
    /// How often nodes tell each other of the participants, so how late one learns that a breaker has moved.
    public var participantPoll = Duration.seconds(1)
    /// How often the participants' queues are looked at.
    public var queuePoll = Duration.seconds(5)
    /// How many commands that were held back are let go each second, of one participant and by one node.
    public var releasesPerSecond = 200
    /// How long a node that is stopping tries to finish what it has taken in.
    public var drain = Duration.seconds(8)

    public init(nodeName: String) {
        self.nodeName = nodeName
    }
}
