internal import Exploration
internal import Foundation
internal import SagaCLI
internal import SagaCore
internal import Synchronization

/// Proves a plan on all processors, and tells how far it is.
struct Prover {
    let name: String
    let limit: Int

    func prove(_ plan: Plan) async -> (proof: Proof, seconds: Double) {
        let start = ContinuousClock.now
        let ticker = Ticker(name: name)
        let tasks = Proof.tasks(for: plan)
        let parts = await withTaskGroup(of: (Int, Proof.Part).self) { group in
            for (index, task) in tasks.enumerated() {
                group.addTask { (index, task.explore(limit: limit) { ticker.tick(index, $0) }) }
            }
            var parts: [(Int, Proof.Part)] = []
            for await part in group {
                // One bad end is enough: the others stop at their next look.
                if part.1.report.counterexample != nil { ticker.stop() }
                parts.append(part)
            }
            return parts.sorted { $0.0 < $1.0 }.map(\.1)
        }
        ticker.end()
        let time = (ContinuousClock.now - start).components
        return (Proof(parts: parts), Double(time.seconds) + Double(time.attoseconds) / 1e18)
    }
}

/// One line that moves on a terminal; nothing where no person looks on.
private final class Ticker: Sendable {
    private struct State {
        var states: [Int: Int] = [:]
        var shown = ContinuousClock.now
        var isStopped = false
        var hasShown = false
    }

    private let name: String
    private let state = Mutex(State())

    init(name: String) {
        self.name = name
    }

    /// False if there is no need to go on.
    func tick(_ part: Int, _ states: Int) -> Bool {
        state.withLock { state in
            state.states[part] = states
            if Terminal.isInteractive, ContinuousClock.now - state.shown > .milliseconds(200) {
                state.shown = .now
                state.hasShown = true
                Terminal.progress("\(name): \(state.states.values.reduce(0, +)) states")
            }
            return !state.isStopped
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    func end() {
        if state.withLock({ $0.hasShown }) { Terminal.progress("") }
    }
}
