internal import SagaCore
internal import SagaValues

/// A scenario while it runs: its sagas, what is on its way to them, and the time.
///
/// Around the machine there is ``SagaProcess`` and nothing else; here stand only those whom it talks to.
struct Stage {
    let scenario: Scenario
    let crashes: Scenario.Crashes
    var now = Stage.beginning
    var parts: [SagaPath: Part] = [:]
    /// In which order they began.
    var order: [SagaPath] = []
    var schedule = Schedule<Delivery>()
    var record = Record()
    var participants = Participants()
    /// The events that came so far, each by its happening.
    var events: [(name: String, data: JSON, happening: Int)] = []

    /// A saga, and what is stored of it.
    struct Part {
        var process: SagaProcess
        var history: [HistoryEntry] = []
        /// What the history folds to.
        var folded: Saga
        let child: Child?
        var due: Timestamp?

        init(_ process: SagaProcess, child: Child?) {
            self.process = process
            folded = process.saga
            self.child = child
        }
    }

    /// 2030-01-01T00:00:00Z
    static let beginning = Timestamp(microseconds: 1_893_456_000_000_000)

    init(_ scenario: Scenario, _ crashes: Scenario.Crashes) {
        self.scenario = scenario
        self.crashes = crashes
    }

    var elapsed: Duration { now - Stage.beginning }

    /// Until nothing more can happen, or it is time to look.
    mutating func run() {
        schedule.add(.start, at: now)
        for (index, happening) in scenario.happenings.enumerated() {
            if case .at(let time) = happening.when { schedule.add(.happening(index), at: now + time) }
        }
        let end = scenario.until.map { Stage.beginning + $0 }
        while let (time, path) = next() {
            if end.map({ time > $0 }) ?? isAtRest { return }
            guard record.rows < scenario.limit.messages, time - Stage.beginning <= scenario.limit.time else {
                record.neverEnds = true
                return
            }
            now = time
            var rows = record.rows
            if let path {
                take(path, .timerFired)
            } else if let delivery = schedule.pop() {
                deliver(delivery)
            }
            // What is sent again may find an event that is there already, and so lead on.
            while crashes != .asWritten, record.rows > rows {
                rows = record.rows
                crash()
            }
        }
    }

    /// When the next thing happens, and the saga whose time it is, if that is what it is. What comes at the very time
    /// goes before what is due then.
    private func next() -> (Timestamp, SagaPath?)? {
        var next = schedule.next.map { ($0, SagaPath?.none) }
        for path in order {
            guard let due = parts[path]?.due, next.map({ due < $0.0 }) ?? true else { continue }
            next = (due, path)
        }
        return next
    }

    /// Whether sagas only look after their children from time to time, who have nothing to say. Here no word is lost.
    private var isAtRest: Bool {
        schedule.next == nil
            && parts.values.allSatisfy { part in
                let (saga, plan) = (part.process.saga, part.process.plan)
                let isLateAlready = saga.deadline == nil || saga.isLate
                return saga.status.isTerminal || isLateAlready && saga.waits(plan).allSatisfy { $0.until == nil }
            }
    }

    // MARK: The machine

    /// Hands a saga an event; false if that changes nothing.
    ///
    /// - Parameter isTold: whether it is told if it changes nothing.
    @discardableResult
    mutating func take(
        _ path: SagaPath, _ event: SagaEvent, _ payload: [UInt8] = [], isTold: Bool = true
    ) -> Bool {
        guard let progress = parts[path]?.process.take(event, payload, at: now) else { return false }
        for why in progress.ignored where isTold { tell("   (changes nothing: \(why.rawValue))") }
        for taken in progress.taken {
            record.rows += 1
            parts[path]?.history.append(taken.entry)
            tell(taken, of: path)
            for effect in taken.effects { note(effect, of: path) }
            for message in taken.messages where crashes != .beforeSending { send(message, of: path) }
        }
        guard let part = parts[path], !progress.taken.isEmpty else { return false }
        if part.folded != part.process.saga { fault("the history of \(name(path)) does not fold to its state") }
        parts[path]?.due = part.process.saga.nextDue
        if let child = part.child, let end = ChildEnd(part.process) { schedule.add(.ended(child, end), at: now) }
        return true
    }

    private mutating func note(_ effect: SagaEffect, of path: SagaPath) {
        guard let plan = parts[path]?.process.plan else { return }
        switch effect {
        case .openIncident(let step, let incident):
            let text = "\(path.step(plan.steps[step].name)) \(incident.cause.rawValue)"
            record.incidents.append(text)
            tell("!  incident: \(text)")
        case .resolveIncident(let step, let incident):
            tell("   no incident any more: \(path.step(plan.steps[step].name)) \(incident.cause.rawValue)")
        case .reportLate:
            record.isOverdue = true
            tell("!  the deadline has passed, and \(name(path)) goes on")
        case .end(let status):
            tell("=  \(path.items.isEmpty ? "" : "\(path.text) ")\(status.rawValue)")
            if path.items.isEmpty { record.endedAt = now }
        case .dispatch, .decide, .listen, .stopListening: break
        }
    }

    func name(_ path: SagaPath) -> String { path.items.isEmpty ? "the saga" : path.text }

    mutating func tell(_ text: String) { record.tell(text, at: elapsed) }

    mutating func fault(_ text: String) {
        if !record.faults.contains(text) { record.faults.append(text) }
    }

    /// The identity of a saga: always the same in a scenario, and so are the pauses that are drawn from it.
    mutating func begin(_ path: SagaPath, _ plan: Plan, child: Child?) {
        let drawn = UUID.v7(at: now, random: (UInt64(order.count), UInt64(order.count)))
        let id = path.items.isEmpty ? scenario.id ?? drawn : drawn
        if parts[path] == nil { order.append(path) }
        parts[path] = Part(SagaProcess(id: id, plan: plan, at: now), child: child)
    }
}
