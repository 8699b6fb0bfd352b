import Expressions
import SagaCore
import SagaValues
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

    private func chain(_ count: Int, isConditional: Bool = false) throws -> SagaProcess {
        let steps = try (0..<count).map { index in
            Step(
                name: "s\(index)", action: "test.work", undo: "test.unwork",
                condition: isConditional ? try formula("input != 1") : nil)
        }
        let plan = Plan(
            workflow: "chain", version: 1, root: .sequence((0..<count).map { .step($0) }), steps: steps)
        return SagaProcess(id: .test, plan: plan, at: time)
    }

    @Test("the last of 1,000 steps costs what the first ones cost", arguments: [false, true])
    func steps(isConditional: Bool) throws {
        let count = 1_000
        var process = try chain(count, isConditional: isConditional)
        _ = process.take(.started(queued: false), Array("2".utf8), at: time)
        var costs: [Cost] = []
        for step in 0..<count {
            let progress = process.take(
                .replied(step: step, direction: .do, attempt: 1, reply: .done), Array("{}".utf8), at: time)
            let saga = process.saga
            costs.append(
                Cost(
                    stateBytes: saga.encodedState().count, rows: progress.taken.count,
                    messages: progress.taken.reduce(0) { $0 + $1.messages.count }))
            if step % 100 == 50 { #expect(saga.decoded(process.plan) == saga) }
            if step % 100 == 50 {
                #expect(
                    Saga.payloadRevisions(inEncodedState: saga.encodedState())
                        == [1] + saga.steps.compactMap(\.outputRevision))
            }
        }
        #expect(process.saga.status == .completed)
        let steady = costs[20..<(count - 20)]
        #expect(steady.allSatisfy { $0.rows == (isConditional ? 2 : 1) && $0.messages == 1 })
        let bytes = steady.map(\.stateBytes)
        #expect((bytes.max() ?? 0) < 100, "\(bytes.min() ?? 0) to \(bytes.max() ?? 0) bytes")
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
                == #"{"s":["5,1,1,1*30@2+1","5,1,1,1*30@33+1",[1,1,1,1,30000001],"0*39"]}"#)
        #expect(process.saga.decoded(process.plan) == process.saga)
        #expect(Saga.payloadRevisions(inEncodedState: state) == Array(1...31) + Array(33...62))
    }

    @Test("many steps in one text are read if they are as they were written, and refused if not")
    func damage() throws {
        let process = try chain(6)
        func steps(_ text: String) -> [StepState]? {
            Saga(
                id: .test, status: .running, revision: 9, startedAt: time, encodedState: Array(text.utf8),
                plan: process.plan)?.steps
        }
        #expect(steps(#"{"s":["0*6"]}"#) == process.saga.steps)
        #expect(steps(#"{"s":["5,1,1,1*4@2+1",0,0]}"#)?.map(\.outputRevision) == [2, 3, 4, 5, nil, nil])
        #expect(
            steps(#"{"s":["16,1,0,1*4",0,0]}"#)?.map(\.phase) == Array(repeating: .skipped, count: 4) + [
                .waiting, .waiting,
            ])
        for run in [
            "", "*", "0*", "0*5", "0*7", "0*3", "0*-6", "0*+6", "0*6@", "0*6@2+1", "0,0*6", "1,1,1,1*6", "8,1,1,1*6",
            "99,1,1,1*6",
            "5,1,1*6@2+1", "5,0,1,1*6@2+1", "5,1,-1,1*6@2+1", "5,1,1,0*6@2+1", "5,1,1,1*6@0+1", "5,1,1,1*6@2+0",
            "5,1,1,1*6@2", "5,1,1,1*6@2+1+1", "5,1,1,1*6@2+1x", "5,1,1,1*6*6", "5,1,1,1*99999999999999999999@2+1",
            "0*1000000",
        ] {
            #expect(steps("{\"s\":[\"\(run)\"]}") == nil, "\(run)")
        }
        #expect(steps(#"{"s":["0*4","0*4"]}"#) == nil)
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
