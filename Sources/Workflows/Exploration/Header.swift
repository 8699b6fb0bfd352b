import SagaCore

/// What a world holds besides its steps.
struct Header: Hashable {
    var status: Saga.Status
    var isStarted: Bool
    var isLate: Bool
    var failure: Failure?
    var isPaused: Bool
    var returns: Int
    var holds: Int
    var retries: Int
    var rulings: Int
    var halts: Int
    var undoRequests: Int
    var parentRequests: Int

    /// Takes out what has no influence on what can happen from here on.
    mutating func normalise(_ steps: [StepState], _ plan: Plan, _ merging: Explorer.Merging) {
        guard let failure else { return }
        self.failure = Failure(failure.kind, step: failure.step)
        guard merging >= .past else { return }
        // The machine asks only whether it has failed.
        self.failure = Failure(.cancelled)
        // Nor does it matter whether a failed saga is late, unless its pivot may yet be found done: then it goes on.
        if isLate { return }
        for index in steps.indices where plan.steps[index].pivot {
            switch steps[index].phase {
            case .waiting, .failed, .skipped: continue
            case .doing, .retrying, .probing, .reprobing, .done, .unknown, .held, .undoing, .reundoing, .undone,
                .undoHeld, .deciding, .pausing, .listening:
                return
            }
        }
        isLate = true
    }

    var fingerprint: UInt64 {
        var print = Fingerprint(seed: 0)
        print.add(UInt64(Saga.Status.allCases.firstIndex(of: status)!))
        print.add((isStarted ? 1 : 0) | (isLate ? 2 : 0) | (isPaused ? 4 : 0))
        print.add(UInt64(failure.map { 1 + Failure.Kind.allCases.firstIndex(of: $0.kind)! } ?? 0))
        print.add(UInt64(1 + (failure?.step ?? -1)))
        for count in [returns, retries, rulings, halts, undoRequests, parentRequests] {
            print.add(UInt64(count))
        }
        // Only where something may be held back: which states are looked at closely hangs on the fingerprint.
        if holds > 0 { print.add(UInt64(holds)) }
        return print.value
    }
}
