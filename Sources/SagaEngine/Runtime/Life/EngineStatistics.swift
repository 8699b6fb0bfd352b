public import SagaCore

/// What a node has done since it started.
public struct EngineStatistics: Sendable, Hashable {
    /// Batches committed.
    public internal(set) var rounds = 0
    /// Attempts at a batch that had to be made again.
    public internal(set) var failedRounds = 0
    public internal(set) var sagasStarted = 0
    /// History rows written.
    public internal(set) var transitions = 0
    /// Commands handed to the bus.
    public internal(set) var commands = 0
    /// Inputs that changed nothing: late and repeated messages.
    public internal(set) var ignored: [Transition.Ignored: Int] = [:]
    /// Replies that meant nothing here.
    public internal(set) var quarantined = 0
    /// Starts that an event or the clock asked for and that could not be made; of one event counted as one.
    public internal(set) var startsRefused = 0

    public init() {}

    mutating func count(_ batch: Batch, commands: Int, _ round: Round) {
        rounds += 1
        sagasStarted += batch.starts.count
        transitions += batch.history.count
        self.commands += commands
        quarantined += round.quarantined.count
        for work in round.works.values {
            for why in work.ignored { ignored[why, default: 0] += 1 }
        }
    }
}
