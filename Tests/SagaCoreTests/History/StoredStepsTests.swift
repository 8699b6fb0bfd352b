import SagaValues
import TestSupport
import Testing

@testable import SagaCore

/// Steps of a kind stand together in the stored form of a state, a letter each.
@Suite("The stored form of many steps") struct StoredStepsTests {
    // MARK: Letters

    private func written(_ letters: [Int]) -> String {
        var out: [UInt8] = []
        StepLetters.append(letters, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func read(_ text: String) -> [Int]? { StepLetters.read(text, limit: 1_000) }

    @Test("says how often the same letter comes, and how often the same group")
    func letters() {
        #expect(written([0]) == "a")
        #expect(written([0, 0]) == "a2")
        #expect(written([25, 26, 51]) == "zAZ")
        #expect(written(Array(repeating: 3, count: 520)) == "d520")
        #expect(written([0, 1, 0, 1, 0, 1]) == "(ab)3")
        // Nothing is saved by a group that comes twice.
        #expect(written([0, 1, 0, 1]) == "abab")
        #expect(written([0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 2]) == "(ab3)3a2c")
        #expect(written([2, 0, 1, 0, 1, 0, 1, 2]) == "c(ab)3c")
        #expect(written([0, 0, 1, 0, 1, 0, 1, 0, 1]) == "a2(ba)3b")
    }

    @Test("of any letters gives them again, also at the ends of runs and groups")
    func anyLetters() {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var letters: [Int] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let group = (0..<Int.random(in: 1...9, using: &random)).flatMap { _ in
                    Array(
                        repeating: Int.random(in: 0...(random.chance(80) ? 2 : 51), using: &random),
                        count: .random(in: 1...(random.chance(20) ? 12 : 2), using: &random))
                }
                for _ in 0..<Int.random(in: 1...4, using: &random) { letters += group }
            }
            let text = written(letters)
            #expect(StepLetters.read(text, limit: letters.count) == letters, "seed \(seed): \(text)")
            #expect(StepLetters.read(text, limit: letters.count - 1) == nil, "seed \(seed)")
        }
    }

    @Test(
        "is refused if it is damaged",
        arguments: [
            "", "1", "a0", "a01", "a-1", "a 2", "é", "(", ")", "()", "()2", "(a", "(a)", "(a)1", "(a)0", "(a2",
            "((a)2)2",
            "a)2", "(1)2", "a1001", "a999999", "a99999999999999999999", "(a2)501", "(a1000)2", "a1000b", "(a)99999b",
        ])
    func damagedLetters(text: String) {
        #expect(read(text) == nil)
    }

    @Test("has close relatives that are sound")
    func soundLetters() {
        #expect(read("a1000")?.count == 1_000)
        #expect(read("(a2)500")?.count == 1_000)
        #expect(read("a999b")?.count == 1_000)
        #expect(read("(ab2)2c") == [0, 1, 1, 0, 1, 1, 2])
    }

    // MARK: Steps

    @Test("what a person said of some of many like steps stays with these")
    func rulings() {
        var run = Run(
            .sequence([.pivot] + Array(repeating: .step(StepKind(role: .onward, isSkippable: true)), count: 12)))
        run.start()
        run.done("a")
        for (number, name) in run.plan.steps.dropFirst().map(\.name).enumerated() {
            if number.isMultiple(of: 3) {
                run.done(name)
            } else {
                run.rejected(name)
                run.handle(.patched(step: number + 1))
                if number % 3 == 1 { run.skipped(name) } else { run.resolved(name, .done) }
            }
        }
        #expect(run.saga.status == .completed)
        #expect(run.saga.steps.count { $0.bodyRevision != nil } == 8)
        #expect(run.saga.decoded(run.plan) == run.saga)
    }

    private let plan = Plan(.sequence(Array(repeating: .when, count: 9)))

    private func steps(_ state: String) -> [StepState]? {
        Saga(
            id: .test, status: .running, revision: 99, startedAt: .zero, encodedState: Array(state.utf8), plan: plan)?
            .steps
    }

    @Test("counts outputs on from the step before that has one, and from the input")
    func outputs() {
        func rows(_ state: String) -> [Int?]? { steps(state)?.map(\.outputRevision) }
        #expect(rows(#"{"k":[[5,1,1,1,0,0,1]],"s":["a9"]}"#) == Array(2...10))
        #expect(
            rows(#"{"k":[[5,1,1,1,0,0,2],[16,1,0,1]],"s":["ab2a",[5,1,1,1,0,0,40],"ba2",[1,1,1,1,7]]}"#)
                == [3, nil, nil, 5, 40, nil, 42, 44, nil])
        #expect(
            rows(#"{"k":[[5,1,1,1,0,0,-2],0],"s":[[5,1,1,1,0,0,9],"a3b5"]}"#)
                == [9, 7, 5, 3, nil, nil, nil, nil, nil])
    }

    @Test("of steps one by one, as it was written before there were letters, is read")
    func former() {
        #expect(steps(#"{"s":[0,0,0,0,0,0,0,0,0]}"#) == plan.steps.map { _ in StepState() })
        #expect(
            steps(#"{"s":[[5,1,1,1,0,0,2,0,0,1],[16,1,0,1],0,0,0,0,0,0,0]}"#)?.map(\.chosen)
                == [0] + Array(repeating: nil, count: 8))
    }

    @Test(
        "is refused if its letters mean nothing, or no saga can have got there",
        arguments: [
            #"{"s":["a9"]}"#, #"{"k":0,"s":["a9"]}"#, #"{"k":[],"s":["a9"]}"#, #"{"k":["x"],"s":["a9"]}"#,
            #"{"k":[[5]],"s":["a9"]}"#, #"{"k":[[5,1,1,1,0,0,1]],"s":["a8"]}"#, #"{"k":[[5,1,1,1,0,0,1]],"s":["a10"]}"#,
            #"{"k":[[5,1,1,1,0,0,1]],"s":["a8","b"]}"#, #"{"k":[[5,1,1,1,0,0,1]],"s":["a8","A"]}"#,
            #"{"k":[[5,1,1,1,0,0,1]],"s":["a5","a5"]}"#, #"{"k":[[5,1,1,1,0,0,1]],"s":["a9",""]}"#,
            #"{"k":[[5,1,1,1,0,0,-1]],"s":["a9"]}"#, #"{"k":[[5,1,1,1,0,0,-1]],"s":[[5,1,1,1,0,0,9],"a8"]}"#,
            #"{"k":[[5,1,1,1,0,0,2147483647]],"s":["a9"]}"#, #"{"k":[[5,1,1,1,0,0,-2147483648]],"s":["a9"]}"#,
            // Only one step can have these: a time, an incident, a list.
            #"{"k":[[1,1,1,1,7]],"s":["a9"]}"#, #"{"k":[[8,1,1,1,0,0,0,1,2]],"s":["a9"]}"#,
            #"{"k":[[5,1,1,1,"d3"]],"s":["a9"]}"#,
        ])
    func damaged(text: String) {
        #expect(steps(text) == nil)
        #expect(Saga.payloadRevisions(inEncodedState: Array(text.utf8)).first == 1)
    }

    @Test("does not make room for more than a plan can have")
    func bombs() {
        let bomb =
            #"{"k":[[5,1,1,1,0,0,1]],"s":["# + Array(repeating: #""(a99999)99999""#, count: 50).joined(separator: ",")
        #expect(Saga.payloadRevisions(inEncodedState: Array((bomb + "]}").utf8)) == [1])
    }

    @Test("has letters for the kinds that come most often, and writes out the others")
    func manyKinds() {
        // Sixty kinds, the later ones oftener: more than there are letters.
        var sample = StepState()
        sample.phase = .done
        sample.round = 1
        let steps = (1...60).flatMap { kind in
            (0..<3 + kind).map { _ in
                var step = sample
                step.attempt = kind
                return step
            }
        }
        var out: [UInt8] = Array("{".utf8)
        StoredSteps.append(steps, startedAt: .zero, to: &out)
        out.append(UInt8(ascii: "}"))
        let json = try? JSON(parsing: out)
        #expect(json?["k"]?.arrayValue?.count == 52)
        #expect(json?["k"]?[0]?[1]?.int64Value == 9)
        #expect(json.flatMap { StoredSteps.read($0, startedAt: .zero, limit: steps.count) } == steps)
        #expect(json.flatMap { StoredSteps.read($0, startedAt: .zero, limit: steps.count - 1) } == nil)
    }

    // MARK: Whole sagas

    @Test(
        "gives the state again, and so does the history, whatever happened to a saga of many steps",
        arguments: 0..<40 as Range<UInt64>)
    func longRuns(seed: UInt64) throws {
        var run = RandomRun(seed: seed, parts: 60)
        var history: [HistoryEntry] = []
        var lettered = 0
        for _ in 0..<1_500 where !run.saga.status.isTerminal {
            let (event, transition) = run.next()
            guard transition.isApplied else { continue }
            history.append(
                HistoryEntry(event, revision: run.saga.revision, at: run.now, data: event.data, plan: run.plan))
            let state = run.saga.encodedState()
            if state.starts(with: #"{"k""#.utf8) { lettered += 1 }
            let read = Saga(
                id: run.saga.id, status: run.saga.status, revision: run.saga.revision, startedAt: run.saga.startedAt,
                encodedState: state, plan: run.plan)
            #expect(read == run.saga, "seed \(seed), revision \(run.saga.revision)")
            #expect(
                Saga.payloadRevisions(inEncodedState: state)
                    == Set(run.saga.steps.compactMap(\.outputRevision)).union([1]).sorted())
        }
        #expect(lettered > 0)
        #expect(try Saga(folding: history, id: run.saga.id, plan: run.plan) == run.saga)
    }

    // MARK: Items

    @Test("of a list's items gives them again, with the rounds of those that were started anew")
    func items() {
        #expect(Items([.done, .done, .doing, .waiting], rounds: [0: 2, 1: 2, 3: 2]).encoded == "d2o1w1/0-1:2,3:2")
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var phases: [Items.Phase] = []
            var rounds: [Int: Int] = [:]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let phase = Items.Phase.allCases.randomElement(using: &random)!
                let round = Int.random(in: 1...3, using: &random)
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    if round > 1, random.chance(80) { rounds[phases.count] = round }
                    phases.append(phase)
                }
            }
            let items = Items(phases, rounds: rounds)
            #expect(Items(encoded: items.encoded) == items, "seed \(seed): \(items.encoded)")
        }
        for text in ["d2/", "d2/0", "d2/0:1", "d2/2:2", "d2/0-2:2", "d2/1-0:2", "d2/0-1-1:2", "d2/-1:2", "d2/0-:2"] {
            #expect(Items(encoded: text) == nil || text == "d2/", "\(text)")
        }
    }
}
