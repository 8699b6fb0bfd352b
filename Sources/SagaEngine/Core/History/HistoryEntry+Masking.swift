public import SagaValues

extension HistoryEntry {
    /// What came with it, without what nobody may see; nil if nothing came.
    public func masked(_ plan: Plan) -> JSON? {
        guard !data.isEmpty, let json = try? JSON(parsing: data) else { return nil }
        switch kind {
        case .started, .queued: return plan.masked(json, of: .input)
        case .resolvedDone, .skipped, .skipForced, .patched: return maskedWord(json, plan)
        case .done, .signalled:
            return step.flatMap(plan.stepIndex(named:)).map { plan.masked(json, of: .step($0)) } ?? json
        case .locksGranted, .rejected, .retry, .unknown, .working, .returned, .heldBack, .released, .timer,
            .retryRequested,
            .compensationRequested, .cancelledByParent, .decided, .signalRefused, .resolvedNotDone, .resolvedUndone,
            .paused, .resumed, .abandoned, .migrated:
            return json
        }
    }

    /// What a person gave is hidden where what it stands for is.
    private func maskedWord(_ json: JSON, _ plan: Plan) -> JSON {
        guard let step = step.flatMap(plan.stepIndex(named:)) else { return json }
        return json.mappingPersonsValue { value in
            kind == .patched ? plan.maskedBody(value, of: step) : plan.masked(value, of: .step(step))
        }
    }
}
