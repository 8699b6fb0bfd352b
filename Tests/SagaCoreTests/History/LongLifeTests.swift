import Expressions
import SagaCore
import SagaValues
import TestSupport
import Testing

/// What an event costs must not depend on how much has happened before it. Work is counted here, not timed.
@Suite("A long life") struct LongLifeTests {
    /// What one event led to, in what can be counted.
    struct Cost: Hashable {
        var stateBytes: Int
        var rows: Int
        var messages: Int
    }

    private let time = Timestamp(microseconds: 0)

    private func formula(_ text: String) throws -> Formula {
        Formula(try Expression(text), roots: [Reference(.input)])
    }

    // MARK: A list

    private func list(_ count: Int, atOnce: Int = 50) throws -> SagaProcess {
        let each = Each(
            items: try formula("input"), variable: "item", atOnce: atOnce, onFailure: .undoItem,
            body: Plan(.undoable))
        let plan = Plan(
            workflow: "list", version: 1, root: .step(0),
            steps: [Step(name: "all", kind: .each(each), retry: .own, undoRetry: .own)])
        return SagaProcess(id: .test, plan: plan, at: time)
    }

    private func input(_ count: Int) -> [UInt8] {
        JSON.array((0..<count).map { .number(String($0)) }).bytes
    }

    /// The items in the order in which they are started.
    private func started(_ progress: SagaProcess.Progress) -> [Dispatch] {
        progress.taken.flatMap(\.effects).compactMap { if case .dispatch(let dispatch) = $0 { dispatch } else { nil } }
    }

    private func end(
        _ dispatch: Dispatch, _ reply: SagaEvent.Reply, in process: inout SagaProcess
    ) -> (Cost, [Dispatch]) {
        let progress = process.take(
            .replied(
                step: 0, item: dispatch.item, direction: dispatch.direction, attempt: dispatch.round, reply: reply),
            at: time)
        process.rest()
        return (
            Cost(
                stateBytes: process.saga.encodedState().count, rows: progress.taken.count,
                messages: progress.taken.reduce(0) { $0 + $1.messages.count }), started(progress)
        )
    }

    @Test("each of 10,000 items costs at the end what it cost at the beginning", arguments: [false, true])
    func items(isUnordered: Bool) throws {
        let count = 10_000
        var process = try list(count)
        var running = started(process.take(.started(queued: false), input(count), at: time))
        #expect(running.count == 50)
        var costs: [Cost] = []
        var draw: UInt64 = 1
        while !running.isEmpty {
            draw = draw &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let dispatch = running.remove(at: isUnordered ? Int(draw >> 33) % running.count : 0)
            let (cost, next) = end(dispatch, .done, in: &process)
            costs.append(cost)
            running += next
        }
        #expect(costs.count == count && process.saga.status == .completed)
        // In steady state: one row, one item started, and a state of so many runs as there are items under way.
        let steady = costs[50..<(count - 50)]
        #expect(steady.allSatisfy { $0.rows == 1 && $0.messages == 1 })
        let (early, late) = (steady.prefix(900), steady.suffix(900))
        func most(_ costs: ArraySlice<Cost>) -> Int { costs.map(\.stateBytes).max() ?? 0 }
        if isUnordered {
            #expect(most(late) <= most(early) * 3 / 2 && most(late) < 500, "\(most(early)), then \(most(late)) bytes")
        } else {
            // The numbers have more digits, no more.
            #expect(most(late) <= most(early) + 4, "\(most(early)), then \(most(late)) bytes")
        }
    }

    @Test("items are undone from the end, the thousandth as the first")
    func undoing() throws {
        let count = 1_000
        var process = try list(count, atOnce: 50)
        var running = started(process.take(.started(queued: false), input(count), at: time))
        for _ in 0..<(count - 50) { running += end(running.removeFirst(), .done, in: &process).1 }
        #expect(process.saga.steps[0].items?.count(.doing) == 50)
        var undoing = started(process.take(.compensationRequested(.no), at: time))
        #expect(undoing.map(\.item) == Array((count - 50)..<count))
        var costs: [Cost] = []
        var order: [Int] = []
        while !undoing.isEmpty {
            let dispatch = undoing.removeFirst()
            order.append(dispatch.item)
            let (cost, next) = end(dispatch, .done, in: &process)
            costs.append(cost)
            undoing += next
        }
        #expect(process.saga.status == .compensated)
        #expect(order.dropFirst(50) == (0..<(count - 50)).reversed()[...])
        let bytes = costs.dropFirst(50).dropLast(50).map(\.stateBytes)
        #expect((bytes.max() ?? 0) - (bytes.min() ?? 0) <= 60, "\(bytes.min() ?? 0) to \(bytes.max() ?? 0) bytes")
        #expect(costs.dropFirst(50).dropLast(50).allSatisfy { $0.rows == 1 && $0.messages <= 1 })
    }

    @Test("a saga at rest keeps its list parsed while items are to be started, and no longer")
    func lists() throws {
        let count = 200
        var process = try list(count)
        let text = input(count)
        var running = started(process.take(.started(queued: false), text, at: time))
        process.rest()
        #expect(process.data.bytes == 9 * text.count, "parsed it counts eight times more")
        while process.saga.steps[0].items?.count(.waiting) ?? 0 > 0 {
            running += end(running.removeFirst(), .done, in: &process).1
        }
        #expect(process.data.bytes == text.count)
    }

    // MARK: A long plan

    /// What is regular about the steps of a plan, or is not.
    enum Course: CaseIterable {
        case plain
        /// Each step is asked whether it happens, and does.
        case conditional
        /// Each second step has a condition, which does not hold.
        case everySecond
        /// Each third step is tried twice.
        case everyThirdAgain
        /// Steps have conditions that hold or not by chance.
        case byChance
        /// Each step is one of two cases.
        case choices

        func condition(of step: Int) -> String? {
            switch self {
            case .plain, .everyThirdAgain, .choices: nil
            case .conditional: "input != 1"
            case .everySecond: step.isMultiple(of: 2) ? nil : "input == 1"
            case .byChance: "input \(isChosen(step) ? "!=" : "==") 1"
            }
        }

        private func isChosen(_ step: Int) -> Bool {
            var random = SeededGenerator(seed: UInt64(step))
            return random.chance(50)
        }

        /// What a state may have at most when a thousand steps are done: a letter and a digit each if nothing is regular.
        var bytes: Int { self == .byChance ? 1_500 : 300 }
    }

    private func chain(_ count: Int, _ course: Course = .plain) throws -> SagaProcess {
        var steps: [Step] = []
        var nodes: [PlanNode] = []
        func add(_ name: String, _ condition: String?) throws -> PlanNode {
            steps.append(
                Step(
                    name: name, action: "test.work", undo: "test.unwork",
                    condition: try condition.map { try formula($0) }))
            return .step(steps.count - 1)
        }
        while steps.count < count {
            let number = steps.count
            if course == .choices {
                let cases = [try formula("input == 1"), try formula("input != 1")]
                steps.append(
                    Step(name: "c\(number)", kind: .choice(cases), readonly: true, retry: .own, undoRetry: .own))
                nodes.append(
                    .choice(step: number, cases: [try add("a\(number)", nil), try add("b\(number)", nil)]))
            } else {
                nodes.append(try add("s\(number)", course.condition(of: number)))
            }
        }
        return SagaProcess(
            id: .test, plan: Plan(workflow: "chain", version: 1, root: .sequence(nodes), steps: steps), at: time)
    }

    /// What each event costs until the saga has ended.
    private func carryOut(_ process: inout SagaProcess, _ course: Course) -> [Cost] {
        var costs: [Cost] = []
        func take(_ step: Int, _ reply: SagaEvent.Reply, _ direction: Direction = .do) {
            let payload = reply == .done && direction == .do ? Array("{}".utf8) : []
            let progress = process.take(
                .replied(step: step, direction: direction, attempt: nil, reply: reply), payload, at: time)
            let saga = process.saga
            let state = saga.encodedState()
            costs.append(
                Cost(
                    stateBytes: state.count, rows: progress.taken.count,
                    messages: progress.taken.reduce(0) { $0 + $1.messages.count }))
            guard costs.count % 50 == 7 || saga.status.isTerminal else { return }
            #expect(saga.decoded(process.plan) == saga)
            #expect(
                Saga.payloadRevisions(inEncodedState: state)
                    == [1] + saga.steps.compactMap(\.outputRevision).sorted())
        }
        while let out = process.saga.inFlight.first {
            if course == .everyThirdAgain, out.step % 3 == 2, out.direction == .do, out.attempt == 1 {
                take(out.step, .retry(.busy, after: nil))
                let due = process.saga.nextDue ?? time
                _ = process.take(.timerFired, at: due)
            } else {
                take(out.step, .done, out.direction)
            }
        }
        return costs
    }

    @Test("the last of 1,000 steps costs what the first ones cost, whatever their course", arguments: Course.allCases)
    func steps(_ course: Course) throws {
        var process = try chain(1_000, course)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        let costs = carryOut(&process, course)
        #expect(process.saga.status == .completed)
        // Of 1,000 steps by chance some are passed over one after the other, each with a row.
        #expect(costs.allSatisfy { $0.rows <= 20 && $0.messages <= 1 })
        let bytes = costs.map(\.stateBytes).max() ?? 0
        #expect(bytes <= course.bytes, "\(bytes) bytes")
    }

    @Test("the last of 1,000 steps is undone for what the first ones cost", arguments: Course.allCases)
    func unwinding(_ course: Course) throws {
        var process = try chain(1_000, course)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        while process.saga.steps.suffix(20).allSatisfy({ $0.phase == .waiting }), let out = process.saga.inFlight.first
        {
            _ = process.take(
                .replied(step: out.step, direction: .do, attempt: nil, reply: .done), Array("{}".utf8), at: time)
        }
        let done = process.saga.steps.indices.filter { process.saga.steps[$0].outputRevision != nil }
        let last = try #require(process.saga.inFlight.first).step
        _ = process.take(.replied(step: last, direction: .do, attempt: nil, reply: .rejected(.no)), at: time)
        var undone: [Int] = []
        var bytes = 0
        while let out = process.saga.inFlight.first {
            undone.append(out.step)
            let progress = process.take(
                .replied(step: out.step, direction: .undo, attempt: nil, reply: .done), at: time)
            bytes = max(bytes, process.saga.encodedState().count)
            #expect(progress.taken.count == 1)
        }
        #expect(process.saga.status == .compensated && undone == done.reversed())
        #expect(bytes <= course.bytes + 250, "\(bytes) bytes")
    }

    @Test("branches that end in any order leave a few bytes for each step, not an array")
    func branches() throws {
        let (branches, length) = (20, 50)
        let steps = (0..<branches * length).map { Step(name: "s\($0)", action: "test.work", undo: "test.unwork") }
        let root = PlanNode.parallel(
            name: "all",
            branches: (0..<branches).map { branch in
                .sequence((0..<length).map { .step(branch * length + $0) })
            })
        let plan = Plan(workflow: "wide", version: 1, root: root, steps: steps)
        var process = SagaProcess(id: .test, plan: plan, at: time)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        var random = SeededGenerator(seed: 1)
        var bytes = 0
        while let out = process.saga.inFlight.randomElement(using: &random) {
            _ = process.take(
                .replied(step: out.step, direction: .do, attempt: nil, reply: .done), Array("{}".utf8), at: time)
            bytes = max(bytes, process.saga.encodedState().count)
        }
        #expect(process.saga.status == .completed && process.saga.decoded(plan) == process.saga)
        // An array for each would have 18,000.
        #expect(bytes < 5_000, "\(bytes) bytes")
    }

    @Test("a step that went unlike the others costs its own description, no more")
    func unlike() throws {
        var process = try chain(100)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        for step in 0..<60 {
            if step == 30 {
                _ = process.take(.replied(step: step, direction: .do, attempt: 1, reply: .working), at: time)
            }
            _ = process.take(
                .replied(step: step, direction: .do, attempt: 1, reply: .done), Array("{}".utf8), at: time)
        }
        let state = process.saga.encodedState()
        #expect(
            String(decoding: state, as: UTF8.self)
                == #"{"k":[[5,1,1,1,0,0,1],0],"s":["a30",[5,1,1,1,0,0,33],"a29",[1,1,1,1,30000001],"b39"]}"#)
        #expect(process.saga.decoded(process.plan) == process.saga)
        #expect(Saga.payloadRevisions(inEncodedState: state) == Array(1...31) + Array(33...62))
    }

    @Test("10,000 events of one step leave a state as short as the first one did")
    func events() throws {
        var process = try chain(3)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        var bytes: Set<Int> = []
        for number in 1...10_000 {
            let progress = process.take(.replied(step: 0, direction: .do, attempt: 1, reply: .working), at: time)
            #expect(progress.taken.count == 1 && progress.taken.first?.messages.isEmpty == true)
            if number % 1_000 == 1 { bytes.insert(process.saga.encodedState().count) }
        }
        #expect(process.saga.revision == 10_001 && bytes.count == 1)
        #expect(process.data.bytes == 1, "of its history it keeps the input alone")
    }
}
