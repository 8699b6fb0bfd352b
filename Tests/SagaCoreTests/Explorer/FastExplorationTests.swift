import SagaCore
import SagaValues
import Testing

@testable import Exploration

/// The exploration with its compact states says what the naive one says.
@Suite("Exploring fast")
struct FastExplorationTests {
    static let shapes: [Shape] = [
        .sequence(.undoable, .undoable), .parallel(.undoable(.probe), .undoable), .sequence(.undoable, .pivot(.probe)),
        .sequence(.undoable, .each(), .pivot), .sequence(.run, .undoable),
        .sequence(.choice(.undoable, .pause), .listen()),
    ]

    private func bounds(_ merging: Explorer.Merging = .past) -> Explorer.Bounds {
        .of {
            $0.retries = 1; $0.parentRequests = 1; $0.merging = merging; $0.sampling = 3
        }
    }

    @Test("says what the naive one says, state by state", arguments: shapes)
    func naive(_ shape: Shape) {
        let plan = Plan(shape, attempts: 1, deadline: .seconds(60))
        let naive = NaiveExploration(plan, bounds())
        var seen: Set<Observation> = []
        var report = Explorer(plan, bounds()).explore { seen.insert(Observation($0)) }
        #expect(naive.wrong == nil && report.counterexample == nil)
        #expect(seen == naive.seen)
        // Only this one looks what becomes of a state in good weather.
        report.parked = 0
        #expect("\(report)" == "\(naive.report)")
        #expect(report.states > 50)
    }

    @Test("tells a shortest story", arguments: MergingTests.faulty)
    func story(_ shape: Shape) {
        let plan = Plan(.sequence([.parallel(.readonly, .readonly), shape]), attempts: 1, deadline: .seconds(60))
        var bounds = bounds()
        bounds.sampling = .max
        let report = Explorer(plan, bounds).explore()
        #expect(NaiveExploration(plan, bounds).wrong?.moves == report.counterexample?.moves.count)
    }

    @Test("stops at the limit of states, and says so", arguments: [1, 2, 100, 500])
    func limit(_ limit: Int) {
        let plan = Plan(.sequence(.undoable, .undoable, .undoable), deadline: .seconds(60))
        var bounds = bounds()
        bounds.states = limit
        let report = Explorer(plan, bounds).explore()
        #expect(report.isCutShort)
        // What follows one state is counted to its end.
        #expect(limit + 1...limit + 40 ~= report.states)
        bounds.states = .max
        let whole = Explorer(plan, bounds).explore()
        #expect(!whole.isCutShort)
        bounds.states = whole.states
        #expect(!Explorer(plan, bounds).explore().isCutShort)
    }

    @Test("stops when it is told to")
    func stop() {
        let plan = Plan(.sequence(.undoable, .undoable, .undoable))
        var told: [Int] = []
        let report = Explorer(plan, bounds()).explore { states in
            told.append(states)
            return told.count < 3
        }
        #expect(report.isCutShort)
        #expect(told.count == 3 && told.last == report.states)
    }

    @Test("keeps states apart whose fingerprints are the same, and finds each again")
    func fingerprints() {
        var store = StateStore(width: 2)
        for round in 0..<2 {
            for number in 0..<3000 as Range<UInt32> {
                let print = UInt64(number % 7)
                #expect(store.contains([number, 1], print) == (round == 1))
                #expect(store.insert([number, 1], print, from: Int(number) / 2) == (round == 0))
            }
        }
        #expect(store.count == 3000)
        #expect(Array(store.code(of: 1234)) == [1234, 1] && store.parent(of: 1234) == 617)
        #expect(!store.contains([1234, 2], UInt64(1234 % 7)))
    }
}
