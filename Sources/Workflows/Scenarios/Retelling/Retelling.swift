internal import SagaCore
internal import SagaValues
internal import Workflows

/// What a scenario can tell of a saga, gathered from its history: who was asked and what they said, what persons did, and
/// what it came to.
struct Retelling {
    let record: SagaRecord
    let plan: Plan
    private(set) var saga: Saga
    /// What was asked, in its order, by what a script calls it.
    private(set) var asked: [(key: String, commands: [Asked])] = []
    private(set) var happenings: [Happened] = []
    /// When it had its lock keys, if it had to wait for them.
    private(set) var lockedAt: Timestamp?
    /// All that was sent; nil if not all of it is in the history.
    private(set) var commands: [String]? = []
    private(set) var incidents: [String] = []
    private(set) var isOverdue = false
    /// What it gave.
    private(set) var output: JSON?
    private(set) var remarks: [String] = []
    /// The row from which on nothing can be told.
    private(set) var end: HistoryEntry?
    private var payloads: [Int: [UInt8]] = [:]
    private var sent: Set<String> = []
    private var known: Set<String> = []
    /// When it was last looked at what had waited for too long.
    private var lastTimer: Timestamp?
    /// What was sent for the first time, the last that was.
    private var lastNew: (command: String, at: Timestamp)?

    /// Something that happened without having been asked for.
    struct Happened {
        let at: Timestamp
        let what: Happening.What
        /// What was sent for the first time before it, and when.
        let upon: (command: String, at: Timestamp)?
    }

    var first: HistoryEntry { record.history[0] }
    /// When it was looked at last.
    var last: Timestamp { end?.at ?? record.history[record.history.count - 1].at }
    var isQueued: Bool { first.kind == .queued }

    init(_ record: SagaRecord, _ workflow: Workflow) throws(SagaRecord.Flaw) {
        guard record.body == nil else {
            throw SagaRecord.Flaw(
                "it is an item of a list, which no scenario begins with: take the saga that it is a part of")
        }
        guard record.formerWorkflows.isEmpty else {
            throw SagaRecord.Flaw("it has moved to another version of its workflow, and a scenario knows one alone")
        }
        guard let first = record.history.first, first.kind == .started || first.kind == .queued else {
            throw SagaRecord.Flaw("its history does not begin with its start")
        }
        self.record = record
        plan = workflow.plan
        saga = Saga(id: record.id, plan: plan, at: first.at)
        if !plan.sensitive.isEmpty {
            remarks.append("sensitive values are masked, as \"***\": put in some that fit where they matter")
        }
        for entry in record.history {
            if let why = cannotTell(entry) {
                remarks.append(
                    "row \(entry.revision) of the history, at \(entry.at): \(why); the scenario ends before it")
                end = entry
                break
            }
            note(entry)
            do throws(HistoryError) {
                note(try Narrative.tell(entry, of: &saga, plan: plan))
            } catch {
                throw SagaRecord.Flaw("its history cannot be played: \(error)")
            }
            payloads[entry.revision] = entry.data
        }
        guard commands != nil, saga.status == .completed else { return }
        var process = process(at: last)
        output = process.output()
    }

    private func process(at time: Timestamp) -> SagaProcess {
        SagaProcess(saga: saga, data: SagaData(payloads: payloads), plan: plan, updatedAt: time)
    }

    private mutating func remark(_ text: String) {
        if !remarks.contains(text) { remarks.append(text) }
    }

    // MARK: What a row says

    /// Why a scenario has no words for it; nil if it has.
    private func cannotTell(_ entry: HistoryEntry) -> String? {
        let step = entry.step ?? ""
        return switch entry.kind {
        case .resolvedDone, .resolvedNotDone, .resolvedUndone: "a person said what became of \(step)"
        case .skipped, .skipForced: "a person had \(step) passed over"
        case .patched: "a person changed what \(step) sends"
        case .abandoned: "a person abandoned it"
        case .migrated: "a person had it go on by another version"
        case .cancelledByParent: "the saga that it is a part of told it to undo itself"
        case .signalRefused where refusingEvent(entry) == nil && !isApproval(entry.step):
            "an event refused \(step), and what else stood in it is not in the history"
        case .started, .queued, .locksGranted, .done, .rejected, .retry, .unknown, .working, .returned, .heldBack,
            .released, .timer, .retryRequested, .compensationRequested, .decided, .signalled, .signalRefused, .paused,
            .resumed:
            nil
        }
    }

    /// Before it is taken in: what the world did.
    private mutating func note(_ entry: HistoryEntry) {
        let name = entry.step ?? ""
        switch entry.kind {
        case .started, .queued: break
        case .locksGranted: lockedAt = entry.at
        case .done: said(.done(json(entry)), entry)
        case .rejected: said(.rejected(StepError(body: entry.data).code), entry)
        case .retry: said(.retry(StepError.retryAfter(in: entry.data)), entry)
        case .unknown: said(.unknown(StepError.retryAfter(in: entry.data)), entry)
        case .returned: said(.returned, entry)
        case .working: working(entry)
        case .heldBack:
            takeBack(entry)
            remark("commands were held back, since a participant got none or no more: nothing is held back here")
        case .paused, .resumed: remark("a person paused it for a while: here it goes on")
        case .retryRequested: happen(entry, .retry(Place(saga: .root, step: name)))
        case .compensationRequested:
            happen(entry, .compensate(reason: StepError(body: entry.data).message))
        case .signalled:
            if isApproval(entry.step) {
                happen(entry, .approve(Place(saga: .root, step: name), json(entry)))
            } else if let event = acceptedEvent(entry) {
                happen(entry, .event(event, json(entry)))
            }
        case .signalRefused:
            if isApproval(entry.step) {
                happen(entry, .refuse(Place(saga: .root, step: name), reason: StepError(body: entry.data).message))
            } else if let (event, data) = refusingEvent(entry) {
                remark("of the event that refused \(name) only what it was found by is known")
                happen(entry, .event(event, data))
            }
        case .timer: lastTimer = entry.at
        case .released, .decided, .cancelledByParent, .resolvedDone, .resolvedNotDone, .resolvedUndone,
            .skipped,
            .skipForced, .patched, .abandoned, .migrated:
            break
        }
    }

    private func json(_ entry: HistoryEntry) -> JSON { (try? JSON(parsing: entry.data)) ?? [:] }

    private mutating func happen(_ entry: HistoryEntry, _ what: Happening.What) {
        happenings.append(Happened(at: entry.at, what: what, upon: lastNew))
    }

    private func step(_ name: String?) -> Step? { name.flatMap { plan.stepIndex(named: $0) }.map { plan.steps[$0] } }

    private func isApproval(_ name: String?) -> Bool {
        if case .approval = step(name)?.kind { true } else { false }
    }

    /// The event that a step took, by its name.
    private func acceptedEvent(_ entry: HistoryEntry) -> String? {
        guard case .listen(let listen) = step(entry.step)?.kind, let index = plan.stepIndex(named: entry.step ?? "")
        else {
            return nil
        }
        let names = listen.alternatives.filter { $0.rejection == nil }.map(\.event)
        var process = process(at: entry.at)
        return names.first { process.signal(of: json(entry), named: $0, for: index) == .accepted } ?? names.first
    }

    /// An event that fails a step as it was failed: with what it is found by and nothing else.
    private func refusingEvent(_ entry: HistoryEntry) -> (name: String, event: JSON)? {
        guard let index = plan.stepIndex(named: entry.step ?? "") else { return nil }
        var process = process(at: entry.at)
        return process.refusal(of: index, code: StepError(body: entry.data).code)
    }

    // MARK: What was asked

    /// `charge`, `undo charge`, `probe charge`
    private func key(_ step: String, _ direction: Direction) -> String {
        direction == .do ? step : "\(direction.rawValue) \(step)"
    }

    private func place(_ entry: HistoryEntry) -> (Int, Int)? {
        guard let name = entry.step, let direction = entry.direction, entry.item ?? 0 == 0,
            let row = asked.firstIndex(where: { $0.key == key(name, direction) })
        else { return nil }
        let commands = asked[row].commands
        guard let number = entry.attempt else { return (row, commands.count - 1) }
        let isChild = step(name)?.isCarriedOutByChildren ?? false
        let found = commands.lastIndex { (isChild ? $0.dispatch.round : $0.dispatch.attempt) == number }
        return found.map { (row, $0) }
    }

    private mutating func said(_ kind: Answer.Kind, _ entry: HistoryEntry) {
        if case .each = step(entry.step)?.kind { return itemSaid(kind, entry) }
        guard let (row, index) = place(entry) else { return }
        guard asked[row].commands[index].said == nil else {
            return remark("a command of \(entry.step ?? "") was answered twice, and the second answer counted too")
        }
        asked[row].commands[index].said = (kind, min(entry.at, inTime(asked[row].commands[index]) ?? entry.at))
    }

    /// The last moment at which its answer was in time; nil if it was given up before, or waits without end.
    ///
    /// A busy node may take an answer in long after that, and before it looks for what has waited for too long: then it was
    /// in time, and in a scenario it has to be.
    private func inTime(_ command: Asked) -> Timestamp? {
        let step = plan.steps[command.dispatch.step]
        guard command.working == nil, !step.isCarriedOutByChildren else { return nil }
        let policy = command.dispatch.direction == .undo ? step.undoRetry : step.retry
        let end = command.at + policy.timeout
        if let lastTimer, lastTimer >= end { return nil }
        return end - .milliseconds(1)
    }

    private mutating func itemSaid(_ kind: Answer.Kind, _ entry: HistoryEntry) {
        guard case .rejected(let code) = kind else { return }
        remark(
            "item \(entry.item ?? 0) of \(entry.step ?? "") failed with \(code): what its participants said is not in "
                + "this export, so write it under 'replies'")
    }

    private mutating func working(_ entry: HistoryEntry) {
        guard let (row, index) = place(entry) else { return }
        let former = asked[row].commands[index].working
        asked[row].commands[index].working = ((former?.count ?? 0) + 1, former?.first ?? entry.at)
    }

    /// The attempt that was about to be made was not.
    private mutating func takeBack(_ entry: HistoryEntry) {
        guard let name = entry.step, let direction = entry.direction,
            let row = asked.firstIndex(where: { $0.key == key(name, direction) }), asked[row].commands.last?.said == nil
        else { return }
        let gone = asked[row].commands.removeLast()
        sent.remove(identity(gone.dispatch))
        let text = "\(direction.rawValue) \(name)"
        if let index = commands?.lastIndex(of: text) { commands?.remove(at: index) }
    }

    /// After it was taken in: what the saga did.
    private mutating func note(_ told: Narrative) {
        for effect in told.effects {
            switch effect {
            case .dispatch(let dispatch): note(dispatch, at: told.entry.at)
            case .openIncident(let step, let incident):
                incidents.append("\(plan.steps[step].name) \(incident.cause.rawValue)")
            case .reportLate: isOverdue = true
            case .decide, .listen, .stopListening, .resolveIncident, .end: break
            }
        }
    }

    private mutating func noteSent(_ text: String, at time: Timestamp) {
        commands?.append(text)
        if known.insert(text).inserted { lastNew = (text, time) }
    }

    private func identity(_ dispatch: Dispatch) -> String {
        let isChild = plan.steps[dispatch.step].isCarriedOutByChildren
        let number = isChild ? dispatch.round : dispatch.attempt
        return "\(dispatch.step) \(dispatch.direction.rawValue) \(number) \(isChild ? 0 : dispatch.round)"
    }

    private mutating func note(_ dispatch: Dispatch, at time: Timestamp) {
        let step = plan.steps[dispatch.step]
        if case .each = step.kind {
            commands = nil
            return remark(
                "each item of \(step.name) is a saga of its own, and what its participants said is not in this export: "
                    + "here all of them say done, unless you write it under 'replies'")
        }
        guard sent.insert(identity(dispatch)).inserted else { return }
        if case .emit = step.kind {
            return noteSent("emit \(step.name)", at: time)
        }
        noteSent("\(dispatch.direction.rawValue) \(step.name)", at: time)
        let key = key(step.name, dispatch.direction)
        let row = asked.firstIndex { $0.key == key } ?? asked.count
        if row == asked.count { asked.append((key, [])) }
        asked[row].commands.append(Asked(dispatch: dispatch, at: time))
    }
}
