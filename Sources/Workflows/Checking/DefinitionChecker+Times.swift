internal import SagaCore
internal import SagaValues

extension DefinitionChecker {
    /// What a step says, else `defaults`, else the built-in policy. A step that must succeed has no end of
    /// attempts, whatever the defaults say: only the step itself could limit them, and that is an error.
    mutating func retryPolicies(of index: Int) -> (forward: RetryPolicy, undo: RetryPolicy) {
        let step = draft.steps[index]
        switch step.kind {
        case .action: break
        // What the orchestrator does itself it does without end.
        case .emit, .run, .each: return (.own, .own)
        case .choice, .pause, .listen, .approval: return (.default, .undoDefault)
        }
        var forward = step.retry
        if regions[index] == .after, !step.isOptional, !step.isPivot, forward.attempts == nil {
            forward.attempts = Located(.unlimited, at: step.name.position)
        }
        forward.timeout = step.timeout ?? forward.timeout
        var defaults = draft.defaults.retry
        defaults.timeout = draft.defaults.timeout ?? defaults.timeout
        return (
            policy(forward, defaults, .default), policy(step.undoRetry, draft.defaults.undoRetry, .undoDefault)
        )
    }

    private mutating func policy(_ own: DraftRetry, _ defaults: DraftRetry, _ builtIn: RetryPolicy) -> RetryPolicy {
        let attempts: Int? =
            switch (own.attempts ?? defaults.attempts)?.value {
            case .limited(let count): count
            case .unlimited: nil
            case nil: builtIn.attempts
            }
        let initial = own.initial ?? defaults.initial
        let longest = own.max ?? defaults.max
        let policy = RetryPolicy(
            attempts: attempts, initial: initial?.value ?? builtIn.initial,
            factorPermille: (own.factorPermille ?? defaults.factorPermille)?.value ?? builtIn.factorPermille,
            max: longest?.value ?? builtIn.max, jitter: (own.jitter ?? defaults.jitter)?.value ?? builtIn.jitter,
            timeout: (own.timeout ?? defaults.timeout)?.value ?? builtIn.timeout)
        if policy.initial > policy.max, let position = (own.initial ?? own.max ?? initial ?? longest)?.position {
            reportOnce(
                .outOfRange, position,
                "the first pause ('initial', \(policy.initial.sagaText)) is longer than the longest "
                    + "('max', \(policy.max.sagaText))",
                help: "shorten 'initial' or set a longer 'max'")
        }
        return policy
    }

    // MARK: The deadline

    mutating func checkTimes(_ policies: [RetryPolicy]) {
        guard let deadline = draft.deadline else {
            checkEndlessRetries(policies)
            return
        }
        var isReported = false
        for (index, step) in draft.steps.enumerated() {
            guard let wait = longestWait(of: index, policies[index]), wait.time > deadline.value else { continue }
            isReported = true
            report(wait, of: step, deadline)
        }
        guard !isReported else { return }
        let longest = longestTime(.sequence(draft.scopes[0].root), policies)
        // An endless retry is meant to last until the deadline.
        guard longest != .max, longest > deadline.value.wholeMicroseconds else { return }
        report(
            .budgetOverDeadline, deadline.position,
            "the steps up to the point of no return may take \(Duration.microseconds(longest).sagaText) with all their "
                + "attempts and waits, longer than the deadline of \(deadline.value.sagaText)",
            help: "set fewer 'attempts' or shorter 'timeout's, or a longer 'deadline'")
    }

    /// Something that takes long in one piece, and where it says so.
    private struct LongWait {
        let code: Finding.Code
        let time: Duration
        let position: Position?
        /// In words.
        let what: String
    }

    private func longestWait(of index: Int, _ policy: RetryPolicy) -> LongWait? {
        let step = draft.steps[index]
        switch step.kind {
        case .action:
            let stated = step.timeout ?? step.retry.timeout ?? draft.defaults.timeout ?? draft.defaults.retry.timeout
            return LongWait(
                code: .timeoutOverDeadline, time: policy.timeout, position: stated?.position, what: "one attempt of")
        case .pause(.fixed(let time)):
            guard isBeforePivot(index) else { return nil }
            return LongWait(code: .waitOverDeadline, time: time.value, position: time.position, what: "the wait of")
        case .listen, .approval:
            guard let timeout = step.timeout, isBeforePivot(index) else { return nil }
            return LongWait(
                code: .waitOverDeadline, time: timeout.value, position: timeout.position, what: "waiting in")
        case .emit, .choice, .pause, .run, .each: return nil
        }
    }

    private mutating func report(_ wait: LongWait, of step: DraftStep, _ deadline: Located<Duration>) {
        let isDefault = wait.position == nil
        let amount = "\(wait.time.sagaText)\(isDefault ? " (the default)" : "")"
        reportOnce(
            wait.code, wait.position ?? deadline.position,
            "\(wait.what) '\(step.name.value)' may take \(amount), longer than the deadline of "
                + deadline.value.sagaText,
            help: isDefault
                ? "set a shorter 'timeout', or a longer 'deadline'" : "shorten it, or set a longer 'deadline'")
    }

    /// Whether the deadline ends it: behind the pivot, and behind that of a saga around it, it does not.
    private func isBeforePivot(_ index: Int) -> Bool {
        guard regions[index] != .after else { return false }
        return draft.scopes[draft.steps[index].scope].owner.map { isBeforePivot($0) } ?? true
    }

    private mutating func checkEndlessRetries(_ policies: [RetryPolicy]) {
        for (index, step) in draft.steps.enumerated() where isBeforePivot(index) {
            switch step.kind {
            case .action:
                guard regions[index] == .before, policies[index].attempts == nil,
                    let position = (step.retry.attempts ?? draft.defaults.retry.attempts)?.position
                else { continue }
                reportOnce(
                    .budgetOverDeadline, position,
                    "'\(step.name.value)' never gives up, and the workflow has no 'deadline'",
                    help: "set a 'deadline' or a number of attempts, or the saga may hold its locks for ever")
            case .listen, .approval:
                guard step.timeout == nil else { continue }
                report(
                    .budgetOverDeadline, step.name.position,
                    "'\(step.name.value)' may wait for ever, and the workflow has no 'deadline'",
                    help: "set a 'timeout' or a 'deadline', or the saga may hold its locks for ever")
            case .emit, .choice, .pause, .run, .each: break
            }
        }
    }

    /// The longest that the steps up to the pivot can take, in microseconds; `.max` when there is no end to it.
    private func longestTime(_ node: DraftNode, _ policies: [RetryPolicy]) -> Int64 {
        switch node {
        case .step(let index):
            return regions[index] == .after ? 0 : longestTime(of: index, policies)
        case .sequence(let nodes):
            return nodes.reduce(0) { saturatingSum($0, longestTime($1, policies)) }
        case .parallel(_, let branches), .choice(_, let branches):
            return branches.map { longestTime($0, policies) }.max() ?? 0
        }
    }

    /// Of lists the time of one item: how many there are is not known. What a child saga takes is its own affair.
    private func longestTime(of index: Int, _ policies: [RetryPolicy]) -> Int64 {
        let step = draft.steps[index]
        switch step.kind {
        case .action: return policies[index].longestTime
        case .pause(.fixed(let time)): return time.value.wholeMicroseconds
        case .listen, .approval: return step.timeout?.value.wholeMicroseconds ?? .max
        case .each(let each): return longestTime(.sequence(draft.scopes[each.scope].root), policies)
        case .emit, .choice, .pause, .run: return 0
        }
    }
}

/// `.max` stands for without end.
private func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
}

extension RetryPolicy {
    /// Every attempt waits in vain for its reply, with the longest pause after it. In microseconds.
    fileprivate var longestTime: Int64 {
        guard let attempts else { return .max }
        let ceiling = max.wholeMicroseconds
        var pause = Swift.min(initial.wholeMicroseconds, ceiling)
        var total: Int64 = 0
        for attempt in 1...attempts {
            total = saturatingSum(total, timeout.wholeMicroseconds)
            guard attempt < attempts else { break }
            total = saturatingSum(total, pause)
            let (product, overflow) = pause.multipliedReportingOverflow(by: Int64(factorPermille))
            pause = overflow ? ceiling : Swift.min(product / 1000, ceiling)
        }
        return total
    }
}
