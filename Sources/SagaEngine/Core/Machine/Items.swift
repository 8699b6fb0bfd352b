internal import SagaValues

/// How far the items of an `each` have got, each of them a child saga.
public struct Items: Sendable, Hashable {
    public package(set) var phases: [Phase]
    /// The rounds of those that were started anew; of the others it is 1.
    var rounds: [Int: Int] = [:]
    /// How many are in each phase, so that nobody has to count.
    private var counts: [Int]
    /// Nobody before it waits, so that nobody has to look there.
    private var firstWaiting = 0
    /// Nobody from it on is done, so that nobody has to look there.
    private var endOfDone = 0

    public enum Phase: UInt8, Sendable, Hashable, CaseIterable {
        /// Its turn has not come. Leaves to `doing`; stays for ever if the step stops first.
        case waiting
        /// Its saga runs. Leaves to `done`, `failed`, `undoing`.
        case doing
        /// Its saga has completed. Leaves to `undoing`.
        case done
        /// Its saga could not finish, and has undone what it did. Leaves to `waiting` if a person asks for it.
        case failed
        /// Its saga was told to undo what it did. Leaves to `undone`, `stuck`.
        case undoing
        /// Its saga has undone what it did. Final.
        case undone
        /// Its saga cannot undo what it did. Leaves to `undoing` if a person asks for it.
        case stuck
    }

    init(count: Int) {
        phases = Array(repeating: .waiting, count: count)
        counts = Array(repeating: 0, count: Phase.allCases.count)
        counts[Int(Phase.waiting.rawValue)] = count
    }

    /// - Parameter phases: of each item, in order.
    init(_ phases: [Phase], rounds: [Int: Int]) {
        self.init(count: 0)
        self.phases = phases
        self.rounds = rounds
        endOfDone = phases.count
        for phase in phases { counts[Int(phase.rawValue)] += 1 }
        moveOn()
    }

    private mutating func moveOn() {
        while firstWaiting < phases.count, phases[firstWaiting] != .waiting { firstWaiting += 1 }
        while endOfDone > 0, phases[endOfDone - 1] != .done { endOfDone -= 1 }
    }

    public func count(_ phase: Phase) -> Int { counts[Int(phase.rawValue)] }

    public func round(of item: Int) -> Int { rounds[item] ?? 1 }

    mutating func set(_ item: Int, _ phase: Phase) {
        counts[Int(phases[item].rawValue)] -= 1
        phases[item] = phase
        counts[Int(phase.rawValue)] += 1
        if phase == .waiting { firstWaiting = min(firstWaiting, item) }
        if phase == .done { endOfDone = max(endOfDone, item + 1) }
        moveOn()
    }

    /// The next item whose turn may come: going forward the first that waits, undoing the last that is done.
    func next(_ direction: Direction) -> Int? {
        switch direction {
        case .do, .probe: count(.waiting) > 0 ? firstWaiting : nil
        case .undo: count(.done) > 0 ? endOfDone - 1 : nil
        }
    }

    /// Those that have a command out.
    var inFlight: [(item: Int, direction: Direction)] {
        guard count(.doing) + count(.undoing) > 0 else { return [] }
        return phases.indices.compactMap { item in
            switch phases[item] {
            case .doing: (item, .do)
            case .undoing: (item, .undo)
            case .waiting, .done, .failed, .undone, .stuck: nil
            }
        }
    }

    mutating func restartFailed(round: Int) {
        for item in phases.indices where phases[item] == .failed {
            set(item, .waiting)
            rounds[item] = round
        }
    }
}
