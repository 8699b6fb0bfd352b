import SagaCore
import SagaValues
import Workflows

/// A stored state that is damaged is refused, and what is read can be gone on with, whatever happens next.
package enum StateTarget {
    static let id = UUID(high: 1, low: 2)

    static let plans: [Plan] = sources.compactMap { try? Workflow.compile($0).plan }

    /// Every kind of step, before and behind a pivot.
    private static let sources = [
        """
        workflow: test
        version: 1
        deadline: 9d
        steps:
          - one: { do: a.b, undo: a.c, when: "${has(input.n) && input.n > 1}", onUnknown: probe }
          - both: { parallel: [{ two: { do: a.b, undo: a.c } }, { three: { do: a.b, undo: a.c, optional: true } }] }
          - told: { listen: { event: a.b, where: "${event.id == saga.id}" }, timeout: 1d }
          - act: { do: a.b, pivot: true }
          - more: { do: a.b, skippable: true }
          - said: { emit: a.b }
        """,
        """
        workflow: test
        version: 1
        steps:
          - way:
              switch:
                - { when: "${input.n > 1}", steps: [{ two: { wait: 3d } }, { three: { run: other } }] }
                - else: [{ four: { approval: { role: boss, title: "Yes?" }, timeout: 1d } }]
          - all: { each: "${input.list}", as: it, atOnce: 2, steps: [{ five: { do: a.b, undo: a.c, with: { a: "${it}" } } }] }
        """,
    ]

    static func take(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        promise(plans.count == 2, "the plans of the target do not compile")
        let plan = plans[Int(bytes[0]) % plans.count]
        let status = Saga.Status.allCases[Int(bytes[1]) % Saga.Status.allCases.count]
        let (state, events) = halves(of: Array(bytes[2...]), at: 0x0A)
        guard var saga = decoded(state, status, plan) else { return }
        promise(decoded(saga.encodedState(), status, plan) == saga, "written again it reads as something else")
        // What the machine makes of a sound state is a sound state.
        var time = saga.startedAt
        for index in stride(from: 0, to: min(events.count, 40), by: 2) {
            time += .seconds(Int64(events[index] / 16) * 20)
            let event = event(events[index] % 22, events.dropFirst(index + 1).first ?? 0, plan)
            _ = saga.handle(event, at: time, plan: plan)
        }
        _ = saga.nextDue
        _ = saga.encodedState()
    }

    private static func decoded(_ state: [UInt8], _ status: Saga.Status, _ plan: Plan) -> Saga? {
        Saga(
            id: id, status: status, revision: 100, startedAt: Timestamp(microseconds: 1_700_000_000_000_000),
            encodedState: state, plan: plan)
    }

    static func event(_ kind: UInt8, _ choice: UInt8, _ plan: Plan) -> SagaEvent {
        let step = Int(choice) % plan.steps.count
        let number = Int(choice) / plan.steps.count
        let error = StepError(code: "no", message: "no")
        func replied(_ direction: Direction, _ reply: SagaEvent.Reply) -> SagaEvent {
            .replied(
                step: step, item: number % 3, direction: direction, attempt: number % 2 == 0 ? nil : 1, reply: reply)
        }
        switch kind {
        case 0: return .timerFired
        case 1: return replied(.do, .done)
        case 2: return replied(.do, .rejected(error))
        case 3: return replied(.do, .retry(error, after: .seconds(5)))
        case 4: return replied(.do, .working)
        case 5: return replied(.undo, .done)
        case 6: return replied(.probe, number % 2 == 0 ? .done : .rejected(error))
        case 7: return .returned(step: step, direction: Direction.allCases[number % Direction.allCases.count])
        case 8: return .retryRequested(step: step)
        case 9: return .compensationRequested(error)
        case 10: return .cancelledByParent(error)
        case 11: return .decided(step: step, number % 2 == 0 ? .proceed : .skip)
        case 12: return .decided(step: step, .chosen(number % 3 == 0 ? nil : number % 3 - 1))
        case 13: return .decided(step: step, number % 2 == 0 ? .items(number % 5) : .failed(error))
        case 14: return .decided(step: step, .until(Timestamp(microseconds: 1_700_000_100_000_000)))
        case 15: return .signalled(step: step, number % 2 == 0 ? .accepted : .refused(error))
        case 16: return .resolved(step: step, SagaEvent.Resolution.allCases[number % 3])
        case 17: return .skipRequested(step: step, isForced: number % 2 == 0)
        case 18: return .patched(step: step)
        case 20:
            let how = HeldBack(
                HeldBack.Cause.allCases[number % 3], until: Timestamp(microseconds: 1_700_000_100_000_000))
            return .heldBack(step: step, direction: Direction.allCases[number % Direction.allCases.count], how)
        case 21: return .released(step: step, direction: Direction.allCases[number % Direction.allCases.count])
        default: return [.paused, .resumed, .resumed, .abandoned][number % 4]
        }
    }

    /// States that runs of the machine come through, as inputs of this target.
    package static func seeds(_ count: Int) -> [[UInt8]] {
        var random: UInt64 = 1
        func draw() -> UInt8 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: random >> 40)
        }
        return (0..<count).map { round in
            let plan = plans[round % plans.count]
            var time = Timestamp(microseconds: 1_700_000_000_000_000)
            var saga = Saga(id: id, plan: plan, at: time)
            _ = saga.handle(.started(queued: false), at: time, plan: plan)
            for _ in 0..<Int(draw() % 40) {
                time += .seconds(Int64(draw() % 30))
                _ = saga.handle(
                    event(
                        [0, 1, 1, 1, 2, 5, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21][Int(draw()) % 19], draw(),
                        plan),
                    at: time, plan: plan)
            }
            let status = Saga.Status.allCases.firstIndex(of: saga.status) ?? 0
            return [UInt8(round % plans.count), UInt8(status)] + saga.encodedState() + [0x0A]
                + (0..<20).map { _ in draw() }
        }
    }
}
