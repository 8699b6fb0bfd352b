internal import SagaCore
public import SagaEngine
internal import SagaValues

extension MemoryStore {
    public func incidents(
        _ filter: IncidentFilter, after cursor: IncidentPlace?, limit: Int
    ) async throws(StoreError) -> [IncidentRecord] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let found = state.records(filter).filter { record in cursor.map { record.place < $0 } ?? true }
            return Array(found.sorted { $0.place > $1.place }.prefix(limit))
        }
    }

    public func incidentGroups(_ filter: IncidentFilter, limit: Int) async throws(StoreError) -> [IncidentGroup] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            let groups = Dictionary(grouping: state.records(filter)) { record in
                [
                    record.workflow, record.opening.step, record.opening.participant, record.opening.cause.rawValue,
                    record.opening.error?.code,
                ]
            }
            return Array(groups.values.map { IncidentGroup($0) }.sorted { $0.precedes($1) }.prefix(limit))
        }
    }

    public func incident(_ name: IncidentName) async throws(StoreError) -> IncidentRecord? {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            state.incidents[name].map { state.record($0) }
        }
    }

    public func assign(_ name: IncidentName, to assignee: String?, by author: String) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            guard state.incidents[name] != nil else { return false }
            state.incidents[name]?.assignee = assignee
            return true
        }
    }

    public func comment(on name: IncidentName, _ text: String, by author: String) async throws(StoreError) -> Bool {
        try checkConnection()
        return try database.access { (state, now) throws(StoreError) in
            guard state.incidents[name] != nil else { return false }
            state.incidents[name]?.comments.append(IncidentComment(at: now, author: author, text: text))
            return true
        }
    }

    public func comments(on name: IncidentName, limit: Int) async throws(StoreError) -> [IncidentComment] {
        try checkConnection()
        return try database.access { (state, _) throws(StoreError) in
            state.incidents[name].map { $0.comments.suffix(limit) } ?? []
        }
    }
}

extension MemoryDatabase.State {
    func record(_ incident: MemoryDatabase.Incident) -> IncidentRecord {
        let origin = sagas[incident.opening.saga]?.origin
        let version = workflows.first { $0.id == origin?.workflowID }
        return IncidentRecord(
            opening: incident.opening, resolution: incident.resolution, workflow: version?.workflow ?? "",
            version: version?.version ?? 0, tenant: origin?.key.tenant ?? "", assignee: incident.assignee)
    }

    func records(_ filter: IncidentFilter) -> [IncidentRecord] {
        incidents.values.map { record($0) }.filter { filter.admits($0) }
    }

    func hasOpenIncident(like traits: IncidentTraits, of saga: UUID) -> Bool {
        incidents.values.contains {
            $0.opening.saga == saga && $0.resolution == nil && traits.admits($0.opening)
        }
    }
}

extension IncidentFilter {
    fileprivate func admits(_ record: IncidentRecord) -> Bool {
        (state.map { ($0 == .open) == (record.resolution == nil) } ?? true)
            && (saga.map { $0 == record.opening.saga } ?? true)
            && (workflow?.hasSameBytes(as: record.workflow) ?? true) && (version.map { $0 == record.version } ?? true)
            && (tenant?.hasSameBytes(as: record.tenant) ?? true)
            && (openedAfter.map { record.opening.at > $0 } ?? true)
            && (openedBefore.map { record.opening.at < $0 } ?? true)
            && traits.admits(record.opening)
    }
}

extension IncidentTraits {
    fileprivate func admits(_ opening: IncidentOpening) -> Bool {
        (step?.hasSameBytes(as: opening.step) ?? true)
            && (participant?.hasSameBytes(as: opening.participant) ?? true)
            && (cause.map { $0 == opening.cause } ?? true)
            && (errorCode.map { opening.error?.code.hasSameBytes(as: $0) ?? false } ?? true)
            && (errorText.map { text in
                let texts = opening.error.map { [$0.code, $0.message] } ?? []
                return texts.contains { $0.lowercasedASCII.contains(text.lowercasedASCII) }
            } ?? true)
    }
}

extension IncidentGroup {
    /// - Parameter records: one at least, all of one group.
    fileprivate init(_ records: [IncidentRecord]) {
        let newest = records.sorted { $0.place > $1.place }
        self.init(
            workflow: newest[0].workflow, step: newest[0].opening.step, participant: newest[0].opening.participant,
            cause: newest[0].opening.cause, errorCode: newest[0].opening.error?.code, count: newest.count,
            first: newest[newest.count - 1].opening.at, last: newest[0].opening.at,
            samples: newest.prefix(IncidentGroup.sampleCount).map(\.opening.saga))
    }

    fileprivate func precedes(_ other: IncidentGroup) -> Bool {
        if count != other.count { return count > other.count }
        if last != other.last { return last > other.last }
        return key.lexicographicallyPrecedes(other.key)
    }

    private var key: [String] { [workflow, step, participant, cause.rawValue, errorCode ?? ""] }
}
