internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

extension Engine {
    /// Starts sagas whose time has come; one node does so for all. Two that both take themselves for the leader do no
    /// harm: the key of a start is the time that it was due.
    ///
    /// A workflow whose start has to wait for something, a row that somebody holds, say, does not hold up the others.
    func watchSchedules() async {
        await withDiscardingTaskGroup { starts in
            while !Task.isCancelled {
                // Asked before the marks are read: one that is settled meanwhile has moved its mark behind what was read.
                let taken = parts.schedulesTaken
                let (timetables, marks) = parts.isLeader ? await parts.timetables() : ([], nil)
                var pause = parts.configuration.schedulePoll
                for timetable in timetables {
                    guard let marks, let mark = marks.marks[timetable.name] else { continue }
                    let due = timetable.due(after: mark, now: marks.now)
                    if let next = timetable.next(after: marks.now) { pause = min(pause, next - marks.now) }
                    guard due != Timetable.Due(), !taken.contains(timetable.name),
                        parts.takeScheduleInHand(of: timetable.name)
                    else { continue }
                    starts.addTask {
                        await self.carryOut(due, of: timetable)
                        self.parts.scheduleSettled(of: timetable.name)
                    }
                }
                try? await Task.sleep(for: max(pause, .milliseconds(1)))
            }
        }
    }

    /// The mark moves only behind starts that are committed, or cannot be made: whoever dies in between leaves them to be
    /// made again, and then they are found to be there.
    private func carryOut(_ due: Timetable.Due, of timetable: Timetable) async {
        var mark = due.passedOver
        if let mark {
            let metadata: Logger.Metadata = ["workflow": "\(timetable.name)", "last": "\(mark)"]
            parts.log.notice("times of a schedule were missed, and are passed over", metadata: metadata)
        }
        for time in due.starts {
            guard await isSettled(timetable, time) else { break }
            mark = time
        }
        guard let mark else { return }
        do {
            try await parts.store.advanceSchedule(of: timetable.name, to: mark)
        } catch {
            let metadata: Logger.Metadata = ["workflow": "\(timetable.name)", "error": "\(error)"]
            parts.log.warning("how far a schedule has been seen to cannot be stored", metadata: metadata)
        }
    }

    /// False if the start has to be made later.
    private func isSettled(_ timetable: Timetable, _ time: Timestamp) async -> Bool {
        let plan = timetable.workflow.plan
        do {
            _ = try await start(
                StartRequest(
                    workflow: plan.workflow, version: plan.version,
                    idempotencyKey: Timetable.key(of: plan.workflow, at: time), input: timetable.schedule.input))
            return true
        } catch {
            switch error {
            case .overloaded, .unavailable:
                parts.log.warning(
                    "a saga that is due by the clock has to wait for its start",
                    metadata: [
                        "workflow": "\(plan.workflow)", "due": "\(time)", "reason": "\(error.startRefusal)",
                    ])
                return false
            // Retired between the look and the start: by the next look another one is active.
            case .retiredVersion: return false
            // It was started, by a version with another input.
            case .keyConflict: return true
            case .unknownWorkflow, .invalidInput, .unusableLock, .busy, .unknownSaga, .unknownParticipant, .moved,
                .illegal, .activeVersion, .forbidden, .fault:
                parts.statistics.withLock { $0.startsRefused += 1 }
                parts.log.error(
                    "a saga that was due by the clock cannot be started, and is passed over",
                    metadata: [
                        "workflow": "\(plan.workflow)", "version": "\(plan.version)", "due": "\(time)",
                        "reason": "\(error.startRefusal)",
                    ])
                // Before the mark moves, or nobody might ever see it.
                return await parts.keep(
                    .schedule, name: plan.workflow, key: Timetable.key(of: plan.workflow, at: time),
                    reason: "it cannot start version \(plan.version): \(error.startRefusal)")
            }
        }
    }
}

extension Timetable {
    /// Such as `schedule:report:2026-11-21T03:00Z`: over all versions the same for the same time.
    static func key(of workflow: String, at time: Timestamp) -> String {
        "schedule:\(workflow):\(time.description.prefix { $0 != "." }.dropLast(3))Z"
    }
}

extension EngineParts {
    /// The schedules of all workflows that have one, and how far they have been seen to.
    ///
    /// A version that another node deployed or activated a moment ago counts from then on, so it is learnt of before anything
    /// is started by the one before.
    fileprivate func timetables() async -> ([Timetable], ScheduleMarks?) {
        do {
            let known = catalog.timetables()
            guard !known.isEmpty else { return ([], nil) }
            let marks = try await store.schedules(of: known.map(\.name))
            guard marks.catalogRevision > catalog.revision else { return (known, marks) }
            try await catalog.refresh()
            return (catalog.timetables(), marks)
        } catch {
            if !Task.isCancelled {
                log.warning("cannot look for starts that are due", metadata: ["error": "\(error)"])
            }
            return ([], nil)
        }
    }
}

extension EngineError {
    /// Why a saga that nobody asked for in person cannot be started.
    var startRefusal: String {
        switch self {
        case .unknownWorkflow(let name, _): "no workflow '\(name)' is deployed"
        case .invalidInput(let violations):
            "its input does not fit: \(violations.map { "\($0)" }.joined(separator: "; "))"
        case .unusableLock(let error): "a lock cannot be named: \(error)"
        case .keyConflict(let saga): "saga \(saga) was started with the same key and another input"
        case .busy(let lock): "another saga holds the lock \(lock)"
        case .retiredVersion(let name, let version, _): "version \(version) of '\(name)' is retired"
        case .activeVersion(let name, let version): "version \(version) of '\(name)' is active"
        case .unknownSaga(let saga): "there is no saga \(saga)"
        case .unknownParticipant(let name): "there is no participant \(name)"
        case .moved(let revision): "the saga is at revision \(revision)"
        case .illegal(let objection, _), .forbidden(let objection): objection
        case .overloaded: "too many starts wait"
        case .unavailable(let why), .fault(let why): why
        }
    }
}
