internal import SagaCore
internal import SagaValues

/// What one round does to one saga.
struct Work: Sendable {
    var loaded: LoadedSaga
    /// nil for a saga that begins in this round.
    let expectedRevision: Int?
    let locks: [String]
    private(set) var inputs: [Input] = []
    private(set) var history: [HistoryRow] = []
    private(set) var commands: [Command] = []
    private(set) var opened: [IncidentOpening] = []
    private(set) var resolved: [IncidentResolution] = []
    private(set) var timersRemoved: [SagaTimer] = []
    private(set) var timerAdded: SagaTimer?
    private(set) var ignored: [Transition.Ignored] = []
    private(set) var takesLocks = false
    /// Whether people are to be told that it is past its deadline and goes on.
    private(set) var isReportedLate = false
    private var rowChanged = false
    private let isCopy: Bool

    /// A saga that was loaded, just now or, for a copy, some time ago.
    init(_ loaded: LoadedSaga, isCopy: Bool) {
        self.loaded = loaded
        self.expectedRevision = loaded.saga.revision
        self.locks = []
        self.isCopy = isCopy
    }

    /// A saga that begins.
    init(starting loaded: LoadedSaga, locks: [String]) {
        self.loaded = loaded
        self.expectedRevision = nil
        self.locks = locks
        self.isCopy = false
    }

    var saga: Saga { loaded.saga }
    var mustBeWritten: Bool { expectedRevision == nil || rowChanged }

    /// Whether inputs were found to change nothing by a copy alone. Another node may have moved the saga on
    /// since, so that they do matter; where something is written, the compare-and-set tells.
    var isUnproven: Bool { isCopy && !mustBeWritten && !inputs.isEmpty }

    /// Takes in one input that is about this saga. What a person asked for is answered once it is written.
    mutating func take(_ input: Input, at now: Timestamp) {
        inputs.append(input)
        switch input {
        case .reply(let reply):
            guard let step = loaded.plan.stepIndex(named: reply.id.step) else { return ignored.append(.illegal) }
            apply(
                .replied(step: step, direction: reply.id.direction, attempt: reply.attempt, reply: reply.reply),
                reply.body, at: now)
        case .returned(let id):
            guard let step = loaded.plan.stepIndex(named: id.step) else { return ignored.append(.illegal) }
            apply(.returned(step: step, direction: id.direction), at: now)
        case .unsendable(let id, let attempt, let error):
            guard let step = loaded.plan.stepIndex(named: id.step) else { return ignored.append(.illegal) }
            // Nobody will ever see it: the same as if its participant had refused it.
            apply(
                .replied(step: step, direction: id.direction, attempt: attempt, reply: .rejected(error)), error.body,
                at: now)
        case .timer(let due):
            timersRemoved.append(due.timer)
            // Written even if nothing else changes: a timer may go only if the saga is as it was loaded.
            rowChanged = rowChanged || !saga.status.isTerminal
            apply(.timerFired, at: max(now, due.timer.due))
        case .grant:
            if apply(.locksGranted, at: now) { takesLocks = true }
        case .start, .request, .takeOver, .retired:
            break
        }
    }

    /// Keeps an input with the saga, so that it is taken in again if the saga turns out to have moved on.
    mutating func note(_ input: Input) {
        inputs.append(input)
    }

    /// Applies an event and all that follows from it; false if it changes nothing.
    @discardableResult
    mutating func apply(_ event: SagaEvent, _ data: [UInt8] = [], at now: Timestamp) -> Bool {
        var pending: [(SagaEvent, [UInt8])] = [(event, data)]
        var isApplied = false
        while let (event, data) = pending.popLast() {
            // No row of a history is older than the one before, whichever node wrote it.
            let time = max(now, loaded.updatedAt)
            switch loaded.saga.handle(event, at: time, plan: loaded.plan) {
            case .ignored(let why):
                ignored.append(why)
            case .applied(let effects):
                isApplied = true
                rowChanged = true
                loaded.updatedAt = time
                record(event, data, at: time)
                pending.append(contentsOf: perform(effects, of: event, at: time))
            }
        }
        return isApplied
    }

    private mutating func record(_ event: SagaEvent, _ data: [UInt8], at time: Timestamp) {
        let revision = saga.revision
        let entry = HistoryEntry(event, revision: revision, at: time, data: data, plan: loaded.plan)
        history.append(HistoryRow(saga: saga.id, entry: entry))
        switch event {
        case .started:
            loaded.keep(data, at: revision)
        case .replied(_, let direction, _, .done) where direction != .undo:
            loaded.keep(data, at: revision)
        case .replied, .locksGranted, .returned, .timerFired, .retryRequested, .compensationRequested:
            break
        }
    }

    /// Notes what is to be done after the commit; gives back the events that follow at once.
    private mutating func perform(
        _ effects: [SagaEffect], of event: SagaEvent, at time: Timestamp
    ) -> [(SagaEvent, [UInt8])] {
        var following: [(SagaEvent, [UInt8])] = []
        for effect in effects {
            switch effect {
            case .dispatch(let dispatch):
                do {
                    commands.append(try loaded.command(for: dispatch))
                } catch {
                    // The step cannot even be asked for: the same as if its participant had refused it.
                    let refusal = StepError(code: "unresolved-reference", message: error.description)
                    following.append(
                        (
                            .replied(step: dispatch.step, direction: .do, attempt: nil, reply: .rejected(refusal)),
                            refusal.body
                        ))
                }
            case .openIncident(let step, let incident):
                opened.append(
                    IncidentOpening(
                        saga: saga.id, openedRevision: incident.openedRevision, step: loaded.plan.steps[step].name,
                        participant: loaded.plan.steps[step].participant, cause: incident.cause,
                        error: saga.steps[step].error, at: time))
            case .resolveIncident(_, let incident):
                let kind = HistoryEntry(event, revision: saga.revision, at: time, data: [], plan: loaded.plan).kind
                resolved.append(
                    IncidentResolution(
                        saga: saga.id, openedRevision: incident.openedRevision, resolution: kind, at: time))
            case .reportLate:
                isReportedLate = true
            case .end:
                break
            }
        }
        return following
    }

    /// What is in flight is sent again, with the same ids.
    mutating func sendAgain() {
        for dispatch in saga.inFlight {
            // Its input could be made before, so it can be made again; see `command(for:)`.
            guard let command = try? loaded.command(for: dispatch) else { continue }
            if !commands.contains(where: { $0.id == command.id }) { commands.append(command) }
        }
    }

    /// A batch that sends commands of a saga answers for all of that saga's: those in flight that another node may not
    /// have got out are sent with them. One that sends none leaves them with that node; see ``SagaUpdate/sends``.
    ///
    /// - Parameter isRecovering: whether this node itself may not have got them out, and would look for them among its
    ///   earlier batches only.
    mutating func sendWhatIsOwed(to node: NodeID, isRecovering: Bool) {
        guard !commands.isEmpty else { return }
        if isRecovering || loaded.owedBy.map({ $0 != node }) ?? false { sendAgain() }
    }

    /// The saga once it is written.
    var written: LoadedSaga {
        guard !commands.isEmpty else { return loaded }
        var written = loaded
        written.owedBy = nil
        return written
    }

    /// Sees to it that a timer is stored for the next due time. An earlier one is left in place: when it
    /// fires, the true next one is set, so the row's timer rarely moves.
    mutating func setTimer() {
        if let timerAt = loaded.timerAt, timersRemoved.contains(where: { $0.due == timerAt }) {
            loaded.timerAt = nil
        }
        guard let next = saga.nextDue, loaded.timerAt.map({ next < $0 }) ?? true else { return }
        loaded.timerAt = next
        timerAdded = SagaTimer(saga: saga.id, due: next)
        rowChanged = true
    }
}
