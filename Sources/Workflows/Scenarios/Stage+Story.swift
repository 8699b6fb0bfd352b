internal import SagaCore
internal import SagaValues

/// What the sagas make of what they are told, for people. It is read from the history, as the program's own pages are.
extension Stage {
    /// Tells a row of a saga's history, and folds it.
    mutating func tell(_ taken: SagaProcess.Taken, of path: SagaPath) {
        guard let plan = parts[path]?.process.plan, var folded = parts[path]?.folded else { return }
        do throws(HistoryError) {
            let told = try Narrative.tell(taken.entry, of: &folded, plan: plan)
            parts[path]?.folded = folded
            for line in lines(of: told, taken.event, path, plan) { tell(line) }
        } catch {
            fault("the history of \(name(path)) cannot be read: \(error)")
        }
    }

    private func lines(of told: Narrative, _ event: SagaEvent, _ path: SagaPath, _ plan: Plan) -> [String] {
        func name(_ step: Int) -> String { path.step(plan.steps[step].name) }
        var lines = told.due.map { line(of: $0, name) }
        switch event {
        case .started(let queued):
            lines.append("   \(self.name(path)) \(queued ? "waits in line for its locks" : "begins")")
        case .locksGranted: lines.append("   it gets its locks, and begins")
        case .decided(let step, .skip): lines.append("   \(name(step)) is passed over")
        case .decided(let step, .chosen(let index)):
            lines.append("   \(name(step)): \(index.map { "case \($0 + 1)" } ?? "none of its cases")")
        case .decided(let step, .items(let count)):
            lines.append("   \(name(step)): \(count) \(count == 1 ? "item" : "items")")
        case .decided(let step, .failed(let error)): lines.append("   \(name(step)): \(error.message)")
        case .signalled(let step, .accepted): lines.append("<- \(name(step)): it has come")
        case .signalled(let step, .refused(let error)): lines.append("<- \(name(step)): refused, \(error.code)")
        case .cancelledByParent: lines.append("   \(self.name(path)) is told to undo itself")
        case .replied(let step, let item, _, nil, .rejected(let error)):
            lines.append("   \(name(step)) cannot be asked for: \(error.message)" + (item > 0 ? " (item \(item))" : ""))
        case .replied, .returned, .heldBack, .released, .timerFired, .retryRequested, .compensationRequested, .decided,
            .resolved,
            .skipRequested, .patched, .paused, .resumed, .abandoned,
            .migrated:
            break
        }
        for planned in told.planned {
            let what = planned.direction == .do ? "" : "\(planned.direction.rawValue) "
            lines.append("   \(what)\(name(planned.step)) again in \(planned.after.shown)")
        }
        return lines
    }

    private func line(of due: Narrative.Due, _ name: (Int) -> String) -> String {
        func asked(_ step: Int, _ direction: Direction) -> String {
            direction == .do ? name(step) : "\(direction.rawValue) \(name(step))"
        }
        return switch due {
        case .reply(let step, let direction, let timeout):
            "   \(asked(step, direction)): no reply within \(timeout.shown)"
        case .pause(let step, let direction): "   \(asked(step, direction)): the pause is over"
        case .turn(let step, let direction): "   \(asked(step, direction)) was held back, and is asked for again"
        case .offer(let step, let direction): "   \(asked(step, direction)) is offered again"
        case .look(let step, _): "   \(name(step)) is asked how far it is"
        case .time(let step): "   \(name(step)): the time is over"
        case .expiry(let step): "   \(name(step)): what it waits for has not come in time"
        case .deadline: "   the deadline passes"
        }
    }
}

extension Duration {
    /// For people, at most two units and whole milliseconds: `1.25s`, `3d2h`.
    package var shown: String {
        let milliseconds = (wholeMicroseconds + 500) / 1000
        guard abs(milliseconds) >= 60_000 else {
            guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000)s" }
            guard abs(milliseconds) >= 1000 else { return "\(milliseconds)ms" }
            var fraction = String(abs(milliseconds % 1000) + 1000).dropFirst()
            while fraction.last == "0" { fraction = fraction.dropLast() }
            return "\(milliseconds / 1000).\(fraction)s"
        }
        let seconds = milliseconds / 1000
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        let first = units.firstIndex { abs(seconds) >= $0.1 } ?? 3
        let rest = abs(seconds) % units[first].1
        guard first < 3, rest / units[first + 1].1 > 0 else { return "\(seconds / units[first].1)\(units[first].0)" }
        return "\(seconds / units[first].1)\(units[first].0)\(rest / units[first + 1].1)\(units[first + 1].0)"
    }
}
