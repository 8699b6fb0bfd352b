/// The bounds of streams of changes, and their pace.
public struct StreamSettings: Sendable {
    /// How many streams a node serves at once.
    public var all = 200
    /// How many of them whoever shows one credential may have.
    public var each = 20
    /// How many changes wait for a slow reader before it is cut off.
    public var backlog = 5_000
    /// How many changes are read at once; no more than the backlog.
    public var page = 1_000
    /// How often the store is asked what is new, while somebody wants to know.
    public var pause = Duration.milliseconds(500)
    /// How often a reader hears that the stream is alive, and the credential is looked at again.
    public var beat = Duration.seconds(15)
    /// How long a reader may take nothing at all.
    public var patience = Duration.seconds(60)
    /// How long the last event may take.
    public var farewell = Duration.seconds(2)
    /// How far back one may resume.
    public var oldest = Duration.seconds(86_400)

    public init() {}
}
