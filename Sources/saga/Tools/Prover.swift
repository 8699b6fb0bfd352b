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
        // As many parts as there are processors go at a time, so that memory has a bound.
        let width = ProcessInfo.processInfo.activeProcessorCount
        let parts = await withTaskGroup(of: (Int, Proof.Part).self) { group in
            func add(_ index: Int) {
                group.addTask { (index, tasks[index].explore(limit: limit) { ticker.tick(index, $0) }) }
            }
            for index in tasks.indices.prefix(width) { add(index) }
            var next = min(width, tasks.count)
            var parts: [(Int, Proof.Part)] = []
            for await (index, part) in group {
                // One bad end is enough, and it is always the same one: later parts stop at their next look.
                if part.report.counterexample != nil { ticker.stop(after: index) }
                parts.append((index, part))
                if next < tasks.count {
                    add(next)
                    next += 1
                }
            }
            return parts.sorted { $0.0 < $1.0 }.map(\.1)
        }
        ticker.end()
        let time = (ContinuousClock.now - start).components
        let end = parts.firstIndex { $0.report.counterexample != nil } ?? parts.endIndex
        return (Proof(parts: Array(parts.prefix(end + 1))), Double(time.seconds) + Double(time.attoseconds) / 1e18)
    }
}

/// One line that moves on a terminal; nothing where no person looks on.
private final class Ticker: Sendable {
    private struct State {
        var states: [Int: Int] = [:]
        var shown = ContinuousClock.now
        /// The part that is the last to be explored to its end.
        var last = Int.max
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
            return part <= state.last
        }
    }

    func stop(after part: Int) {
        state.withLock { $0.last = min($0.last, part) }
    }

    func end() {
        if state.withLock({ $0.hasShown }) { Terminal.progress("") }
    }
}
