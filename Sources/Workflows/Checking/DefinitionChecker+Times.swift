internal import SagaCore
internal import SagaValues

extension DefinitionChecker {
    /// What a step says, else `defaults`, else the built-in policy. A step that must succeed has no end of
    /// attempts, whatever the defaults say: only the step itself could limit them, and that is an error.
    mutating func retryPolicies(of index: Int) -> (forward: RetryPolicy, undo: RetryPolicy) {
        let step = draft.steps[index]
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

    /// What stands in `defaults` is wrong for many steps, but only once in the file.
    private mutating func reportOnce(_ code: Finding.Code, _ position: Position, _ message: String, help: String) {
        guard !findings.contains(code, at: position) else { return }
        report(code, position, message, help: help)
    }

    // MARK: The deadline

    mutating func checkTimes(_ policies: [RetryPolicy]) {
        guard let deadline = draft.deadline else {
            checkEndlessRetries(policies)
            return
        }
        var isReported = false
        for (index, policy) in policies.enumerated() where policy.timeout > deadline.value {
            let step = draft.steps[index]
            let stated = step.timeout ?? step.retry.timeout ?? draft.defaults.timeout ?? draft.defaults.retry.timeout
            isReported = true
            reportOnce(
                .timeoutOverDeadline, stated?.position ?? deadline.position,
                "one attempt of '\(step.name.value)' may wait \(policy.timeout.sagaText)"
                    + "\(stated == nil ? " (the default)" : ""), "
                    + "longer than the deadline of \(deadline.value.sagaText)",
                help: stated == nil
                    ? "set a shorter 'timeout', or a longer 'deadline'" : "shorten it, or set a longer 'deadline'")
        }
        guard !isReported else { return }
        let longest = longestTime(.sequence(draft.root), policies)
        // An endless retry is meant to last until the deadline.
        guard longest != .max, longest > deadline.value.wholeMicroseconds else { return }
        report(
            .budgetOverDeadline, deadline.position,
            "the steps up to the point of no return may take \(Duration.microseconds(longest).sagaText) with all their "
                + "attempts, longer than the deadline of \(deadline.value.sagaText)",
            help: "set fewer 'attempts' or shorter 'timeout's, or a longer 'deadline'")
    }

    private mutating func checkEndlessRetries(_ policies: [RetryPolicy]) {
        for (index, policy) in policies.enumerated() where regions[index] == .before && policy.attempts == nil {
            let step = draft.steps[index]
            guard let position = (step.retry.attempts ?? draft.defaults.retry.attempts)?.position else { continue }
            reportOnce(
                .budgetOverDeadline, position,
                "'\(step.name.value)' never gives up, and the workflow has no 'deadline'",
                help: "set a 'deadline' or a number of attempts, or the saga may hold its locks for ever")
        }
    }

    /// The longest that the steps up to the pivot can take, in microseconds; `.max` when there is no end to it.
    private func longestTime(_ node: DraftNode, _ policies: [RetryPolicy]) -> Int64 {
        switch node {
        case .step(let index):
            return regions[index] == .after ? 0 : policies[index].longestTime
        case .sequence(let nodes):
            return nodes.reduce(0) { saturatingSum($0, longestTime($1, policies)) }
        case .parallel(_, let branches):
            return branches.map { longestTime($0, policies) }.max() ?? 0
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
