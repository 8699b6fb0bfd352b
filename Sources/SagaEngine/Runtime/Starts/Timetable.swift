internal import SagaCore
internal import SagaValues

/// When a workflow is to be started by the clock.
///
/// The schedule of its active version counts. For as long as another version was active before, that one's did: what
/// it would have started while nobody looked is not forgotten because a new version came. A version that was activated
/// more than once counts from the last time on.
struct Timetable: Sendable {
    /// A version for as long as it was active.
    struct Reign: Sendable {
        /// When it was activated; times up to then are not its.
        let from: Timestamp
        let cron: Cron
        let clock: WallClock
    }

    /// What is started.
    let workflow: DeployedWorkflow
    let schedule: Schedule
    /// The oldest first. All have a schedule: a version that has none ended those before it for good.
    let reigns: [Reign]

    var name: String { workflow.plan.workflow }

    /// What there is to do at a time.
    struct Due: Sendable, Equatable {
        /// Times at which a saga is to be started, the oldest first.
        var starts: [Timestamp] = []
        /// All times up to this are passed over.
        var passedOver: Timestamp?
    }

    /// A time that is no older than this was not missed: a node that takes over needs a moment.
    static let grace = Duration.seconds(60)
    /// How many starts are made in one go.
    static let limit = 1_000

    /// - Parameter mark: all times up to it are done with.
    func due(after mark: Timestamp, now: Timestamp) -> Due {
        switch schedule.catchUp {
        case .none:
            let missed = max(mark, now - Timetable.grace)
            return Due(starts: times(after: missed, upTo: now), passedOver: last(after: mark, upTo: missed))
        case .last: return Due(starts: last(after: mark, upTo: now).map { [$0] } ?? [])
        case .all: return Due(starts: times(after: mark, upTo: now))
        }
    }

    /// The next time after that; nil if there is none.
    func next(after time: Timestamp) -> Timestamp? {
        reigns.last.flatMap { $0.cron.next(after: max(time, $0.from), on: $0.clock) }
    }

    /// At most as many as are made in one go.
    private func times(after mark: Timestamp, upTo end: Timestamp) -> [Timestamp] {
        var times: [Timestamp] = []
        for (reign, until) in spans(upTo: end) {
            var time = max(mark, reign.from)
            while times.count < Timetable.limit, let next = reign.cron.next(after: time, on: reign.clock), next <= until
            {
                times.append(next)
                time = next
            }
        }
        return times
    }

    private func last(after mark: Timestamp, upTo end: Timestamp) -> Timestamp? {
        for (reign, until) in spans(upTo: end).reversed() {
            let from = max(mark, reign.from)
            if from < until, let last = reign.cron.last(after: from, upTo: until, on: reign.clock) { return last }
        }
        return nil
    }

    /// Which version's times count, and until when.
    private func spans(upTo end: Timestamp) -> [(Reign, until: Timestamp)] {
        let ends = reigns.dropFirst().map { min($0.from, end) } + [end]
        return Array(zip(reigns, ends))
    }
}

extension Timetable {
    /// That a version was activated, and when that was done last.
    struct Activation {
        let version: DeployedWorkflow
        let at: Timestamp
    }

    /// Nil if the active version has no schedule, or one in a zone that is not known here.
    ///
    /// - Parameter activations: of one workflow, all there are.
    init?(_ activations: [Activation], zones: any TimeZones) {
        var reigns: [Reign] = []
        let activations = activations.sorted { $0.at < $1.at }
        for activation in activations {
            if let schedule = activation.version.plan.schedule, let clock = zones.clock(of: schedule.timeZone) {
                reigns.append(Reign(from: activation.at, cron: schedule.cron, clock: clock))
            } else {
                reigns = []
            }
        }
        guard let active = activations.last?.version, let schedule = active.plan.schedule, !reigns.isEmpty else {
            return nil
        }
        self.init(workflow: active, schedule: schedule, reigns: reigns)
    }
}
