internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// Where a filter's members come from: the query of a list, or the order for a job.
protocol FilterSource {
    /// A member that may stand once, as text.
    func query(_ name: String) throws(Problem) -> String?
}

extension Request: FilterSource {
    func query(_ name: String) throws(Problem) -> String? { try query(name, atMost: Limits.label) }
}

/// What the queries of lists ask for.
extension FilterSource {
    func query<Value>(_ name: String, _ expectation: String, _ read: (String) -> Value?) throws(Problem) -> Value? {
        guard let text = try query(name) else { return nil }
        guard let value = read(text) else { throw .badRequest("\(name) must be \(expectation)") }
        return value
    }

    /// `running,compensating`: as many of a kind's words as it has, at most. Empty if the member is missing.
    func query<Word: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, severalOf type: Word.Type
    ) throws(Problem) -> Set<Word> {
        let names = type.allCases.map(\.rawValue).joined(separator: ", ")
        return try query(name, "one or more of \(names), with commas between them") { text in
            let words = text.split(separator: ",", omittingEmptySubsequences: false).map { Word(rawValue: String($0)) }
            return words.contains(nil) || words.count > type.allCases.count ? nil : Set(words.compactMap(\.self))
        } ?? []
    }

    func sagaFilter() throws(Problem) -> SagaFilter {
        var filter = SagaFilter()
        filter.statuses = try query("status", severalOf: Saga.Status.self)
        filter.workflow = try query("workflow")
        filter.version = try versionInQuery()
        filter.businessKey = try query("businessKey")
        filter.idempotencyKey = try query("key")
        filter.withIncident = try flag("incident") ?? false
        filter.incident = try incidentTraits()
        (filter.startedAfter, filter.startedBefore) = (try time("startedAfter"), try time("startedBefore"))
        (filter.endedAfter, filter.endedBefore) = (try time("endedAfter"), try time("endedBefore"))
        (filter.updatedAfter, filter.updatedBefore) = (try time("updatedAfter"), try time("updatedBefore"))
        filter.parent = try query("parent", "a saga's id") { UUID($0) }
        filter.withChildren = try flag("children") ?? false
        return filter
    }

    func incidentFilter() throws(Problem) -> IncidentFilter {
        var filter = IncidentFilter()
        let state = try query("state", "open, resolved or all") { text in
            text == "all" ? .some(nil) : IncidentState(rawValue: text).map(Optional.some)
        }
        if let state { filter.state = state }
        filter.saga = try query("saga", "a saga's id") { UUID($0) }
        filter.workflow = try query("workflow")
        filter.version = try versionInQuery()
        filter.traits = try incidentTraits()
        (filter.openedAfter, filter.openedBefore) = (try time("openedAfter"), try time("openedBefore"))
        return filter
    }

    /// Whose belongings are asked for, as far as whoever asks may see them.
    func whose(_ requester: Requester) throws(Problem) -> Whose {
        let wanted = try query("tenant")
        if let wanted, !requester.sees(tenant: wanted) { return .nobodys }
        return (requester.tenant ?? wanted).map { .of($0) } ?? .everybodys
    }

    private func incidentTraits() throws(Problem) -> IncidentTraits {
        var traits = IncidentTraits()
        traits.step = try query("step")
        traits.participant = try query("participant")
        traits.errorCode = try query("code")
        let causes = Incident.Cause.allCases.map(\.rawValue).joined(separator: ", ")
        traits.cause = try query("cause", "one of \(causes)") { Incident.Cause(rawValue: $0) }
        traits.errorText = try query("error", "1 to \(Limits.label) bytes of an error's text") { text in
            (1...Limits.label).contains(text.utf8.count) ? text : nil
        }
        return traits
    }

    private func versionInQuery() throws(Problem) -> Int? {
        try query("version", "a whole number from 1 on") { Limits.number($0) }
    }

    private func flag(_ name: String) throws(Problem) -> Bool? {
        try query(name, "true or false") { Bool($0) }
    }

    func time(_ name: String) throws(Problem) -> Timestamp? {
        try query(name, "an ISO 8601 time such as 2026-11-21T10:00:00Z") { text in
            // Years with a sign, beyond four digits, are beyond RFC 3339, and some beyond what stores can hold.
            text.utf8.first.map { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") } ?? false
                ? Timestamp(iso8601: text) : nil
        }
    }
}

/// Of which tenants a list gives what there is.
enum Whose: Hashable {
    case everybodys
    case of(String)
    /// What is asked for belongs to another tenant: there is nothing of it, as there would be nothing of one that nobody
    /// has heard of.
    case nobodys

    var tenant: String? { if case .of(let tenant) = self { tenant } else { nil } }
}
