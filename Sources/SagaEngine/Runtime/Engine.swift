public import Logging
public import ServiceLifecycle
internal import Synchronization

/// A node that runs sagas: it takes in starts, replies, timers and requests, and drives the participants.
///
/// No node owns a saga. Any number of them may run on one store and one broker; each takes in what
/// comes its way, and the compare-and-set on a saga's revision lets exactly one of two decide.
public final class Engine: Service {
    let parts: EngineParts

    /// - Parameters:
    ///   - bus: it must hand replies and events to ``receive(_:)``.
    ///   - zones: a schedule in another zone is refused; if it is there already, its workflow is left to other nodes.
    public init(
        store: any SagaStore, bus: any CommandBus, zones: any TimeZones = UTCAlone(),
        configuration: EngineConfiguration, logger: Logger
    ) {
        self.parts = EngineParts(store: store, bus: bus, zones: zones, configuration: configuration, log: logger)
    }

    /// Runs until graceful shutdown, then finishes what it has taken in, for as long as the drain time allows.
    public func run() async throws {
        guard let node = await register() else { return await refuseAll() }
        // A breaker that is open is so for a node that begins, too.
        await exchangeParticipants()
        parts.log.notice("node is running", metadata: ["node": "\(node)", "name": "\(parts.configuration.nodeName)"])
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { loops in
                    loops.addTask { await self.beat() }
                    loops.addTask { await self.watchTimers() }
                    loops.addTask { await self.watchLocks() }
                    loops.addTask { await self.watchCatalog() }
                    loops.addTask { await self.rollUpStatistics() }
                    loops.addTask { await self.watchEvents() }
                    loops.addTask { await self.watchDeadLetters() }
                    loops.addTask { await self.watchRetention() }
                    loops.addTask { await self.watchSchedules() }
                    loops.addTask { await self.watchSignals() }
                    loops.addTask { await self.watchJobs() }
                    loops.addTask { await self.recoverLostCommands() }
                    loops.addTask { await self.watchParticipants() }
                    loops.addTask { await self.releaseCommands() }
                    await takeRounds(as: node)
                    loops.cancelAll()
                }
            } onGracefulShutdown: {
                self.stopIntake(drain: self.parts.configuration.drain)
            }
        } onCancel: {
            self.stopIntake(drain: .zero)
        }
        await sayGoodbye()
    }

    /// What the node has done so far.
    public var statistics: EngineStatistics { parts.statistics.withLock { $0 } }

    /// Why the node is not ready to work, or nil if it is.
    public var unreadiness: String? {
        if parts.currentNode == nil { return Self.notRegistered }
        return parts.health.storeError
    }

    static let notRegistered = "the node has not registered with its store yet"

    /// Takes nothing in any more; what the store has not taken when the drain time is over is given up.
    private func stopIntake(drain: Duration) {
        parts.inbox.close()
        let parts = self.parts
        Task {
            try? await Task.sleep(for: drain)
            parts.halt()
        }
    }
}
