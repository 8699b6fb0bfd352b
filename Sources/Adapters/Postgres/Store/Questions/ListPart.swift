internal import Postgres
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// Sagas that are found in one way.
struct ListPart {
    let kind: Kind
    let pace: Pace?

    enum Kind: Equatable {
        /// Whatever their status.
        case any
        /// Those that have ended, however they did.
        case ended
        case status(Saga.Status)
    }

    /// Times of ends are not in the order of the ids, but close to it: most sagas last seconds. So those that took up
    /// to an hour are found along the ids, which a time of the end bounds on both sides, and the few others through an
    /// index of their own.
    enum Pace: CaseIterable { case quick, slow }

    /// How far the clock of a node, by which it makes ids, may be from the server's.
    private static let clockSlack = Duration.seconds(2 * 3600)
    private static let quickest = (text: "interval '1 hour'", duration: Duration.seconds(3600))

    static func all(_ filter: SagaFilter) -> [ListPart] {
        let kinds = kinds(filter)
        let isTimed = filter.endRange.isBounded
        return kinds.flatMap { kind in
            isTimed && kind.isEnded
                ? Pace.allCases.map { ListPart(kind: kind, pace: $0) } : [ListPart(kind: kind, pace: nil)]
        }
    }

    private static func kinds(_ filter: SagaFilter) -> [Kind] {
        var wanted = filter.statuses.isEmpty ? Set(Saga.Status.allCases) : filter.statuses
        if filter.endedAfter != nil || filter.endedBefore != nil { wanted.subtract(open) }
        // An incident that is open is one of an open saga.
        if filter.withIncident || !filter.incident.isEmpty, wanted.isSuperset(of: open) { return [.any] }
        if wanted.count == Saga.Status.allCases.count, !filter.endRange.isBounded { return [.any] }
        var kinds: [Kind] = []
        if filter.endRange.isBounded, wanted.isSuperset(of: ended) {
            kinds.append(.ended)
            wanted.subtract(ended)
        }
        return kinds + Saga.Status.allCases.filter(wanted.contains).map(Kind.status)
    }

    private static let open = Set(Saga.Status.allCases.filter { !$0.isTerminal })
    private static let ended = Set(Saga.Status.allCases.filter(\.isTerminal))

    /// Puts parts into words.
    struct Builder {
        let filter: SagaFilter
        /// The parameters that hold the admitted versions and the last saga of the page before.
        let workflows: String?
        let cursor: String?
        let shared: Conditions

        /// - Returns: the parts, and the parameters of all of them.
        func build(_ parts: [ListPart]) -> ([String], [PostgresParameter]) {
            var conditions = shared
            let texts = parts.map { text($0, &conditions) }
            // With an end that is asked for, a saga that must be open cannot be.
            return (texts.isEmpty ? ["SELECT s.id FROM sagas s WHERE $1 < 0"] : texts, conditions.values)
        }

        private func text(_ part: ListPart, _ parameters: inout Conditions) -> String {
            var conditions = shared.all
            if let condition = part.kind.condition { conditions.append(condition) }
            let way = way(of: part)
            let id = way == .alongOrigins || way == .amongChildren ? "uuid_send(o.id)" : "s.id"
            // On both sides of the join, or the one that has no bound would be read from its end on.
            func bound(_ comparison: String, _ value: String) {
                guard id == "s.id" else {
                    return conditions.append("\(id) \(comparison) uuid_send(\(value))")
                }
                conditions += ["s.id \(comparison) \(value)", "o.id \(comparison) \(value)"]
            }
            if let cursor { bound("<", cursor) }
            let bounds = idBounds(part)
            if let low = bounds.low { bound(">=", parameters.parameter(.uuid(low))) }
            if let high = bounds.high { bound("<", parameters.parameter(.uuid(high))) }

            var sagas = "sagas s"
            if let pace = part.pace {
                let range = endConditions(&parameters)
                if pace == .quick {
                    conditions.append("s.ended_at - s.started_at <= \(ListPart.quickest.text)")
                    conditions += range
                } else {
                    // Fenced off, or the planner might follow the ids through all there are, in the hope of a find.
                    let own = ["ended_at - started_at > \(ListPart.quickest.text)"]
                    let rest = range.map { String($0.dropFirst(2)) }
                    sagas = "(SELECT * FROM sagas WHERE \((own + rest).joined(separator: " AND ")) OFFSET 0) AS s"
                }
            }
            var from = "\(sagas) JOIN saga_origins o ON o.id = s.id"
            if !filter.incident.isEmpty {
                from = "\(stuck(&parameters)) JOIN \(sagas) ON s.id = f.saga_id JOIN saga_origins o ON o.id = s.id"
            }

            guard let workflows else { return select(id, from, conditions) }
            switch way {
            case .alongOrigins, .alongUndone:
                conditions.append(way == .alongOrigins ? "o.workflow_id = w.id" : "s.workflow_id = w.id")
                return """
                    SELECT found.id FROM unnest(\(workflows)) AS w(id)
                    CROSS JOIN LATERAL (\(select(id, from, conditions))) AS found
                    ORDER BY found.id DESC LIMIT $1
                    """
            case .alongSagas, .amongChildren:
                conditions.append("s.workflow_id = ANY (\(workflows))")
                return select(id, from, conditions)
            }
        }

        private func select(_ id: String, _ from: String, _ conditions: [String]) -> String {
            """
            SELECT s.id FROM \(from)
            \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
            ORDER BY \(id) DESC LIMIT $1
            """
        }

        private enum Way { case alongSagas, alongOrigins, alongUndone, amongChildren }

        private func way(of part: ListPart) -> Way {
            // Of the children of one saga there are few: any other order would lead through all there are.
            if filter.parent != nil { return .amongChildren }
            guard workflows != nil, !filter.withIncident, filter.incident.isEmpty, part.pace != .slow else {
                return .alongSagas
            }
            switch part.kind {
            // Completed sagas are nearly all: then the workflow is what singles them out.
            case .any, .ended, .status(.completed): return .alongOrigins
            case .status(.compensated), .status(.abandoned): return .alongUndone
            case .status: return .alongSagas
            }
        }

        /// Ids tell the time too, as the clock of whoever made them saw it: enough to know where to look.
        private func idBounds(_ part: ListPart) -> (low: UUID?, high: UUID?) {
            var low = filter.startedAfter
            // Nothing ends or changes before it starts.
            let high = [filter.startedBefore, filter.endRange.before].compactMap(\.self).min()
            if part.pace == .quick {
                let earliest = filter.endRange.after.map { $0 - ListPart.quickest.duration }
                low = [low, earliest].compactMap(\.self).max()
            }
            return (
                low.map { .floor(of: $0 - ListPart.clockSlack) }, high.map { .floor(of: $0 + ListPart.clockSlack) }
            )
        }

        private func endConditions(_ parameters: inout Conditions) -> [String] {
            var conditions: [String] = []
            if let time = filter.endRange.after {
                conditions.append("s.ended_at > \(parameters.parameter(.timestamp(time)))")
            }
            if let time = filter.endRange.before {
                conditions.append("s.ended_at < \(parameters.parameter(.timestamp(time)))")
            }
            return conditions
        }

        /// The sagas with an open incident that is like what is asked for, as `f`: from the incidents, since there are
        /// few that are open, and in the order of the ids.
        private func stuck(_ parameters: inout Conditions) -> String {
            let outer = parameters.all.count
            parameters.add("i.resolved_at IS NULL")
            parameters.add(filter.incident)
            if let workflows { parameters.add("i.workflow_id = ANY (\(workflows))") }
            if let tenant = filter.tenant { parameters.add("i.tenant = ", .text(tenant)) }
            if let cursor { parameters.add("i.saga_id < \(cursor)") }
            let own = parameters.all[outer...].joined(separator: " AND ")
            return "(SELECT DISTINCT i.saga_id FROM saga_incidents i WHERE \(own) ORDER BY i.saga_id DESC) AS f"
        }
    }
}

extension ListPart.Kind {
    /// Whether none of them is open.
    fileprivate var isEnded: Bool {
        switch self {
        case .any: false
        case .ended: true
        case .status(let status): status.isTerminal
        }
    }

    fileprivate var condition: String? {
        switch self {
        case .any: nil
        case .ended: "s.ended_at IS NOT NULL"
        case .status(let status): "s.status = '\(status.rawValue)'"
        }
    }
}

extension SagaFilter {
    /// When a saga that has ended must have done so: it last changed at that time.
    fileprivate var endRange: (after: Timestamp?, before: Timestamp?, isBounded: Bool) {
        let after = [endedAfter, updatedAfter].compactMap(\.self).max()
        let before = [endedBefore, updatedBefore].compactMap(\.self).min()
        return (after, before, after != nil || before != nil)
    }
}

extension UUID {
    /// The least id that a saga started at this time can have.
    fileprivate static func floor(of time: Timestamp) -> UUID {
        UUID(high: UInt64(min(max(time.microseconds, 0) / 1000, 1 << 48 - 1)) << 16, low: 0)
    }
}
