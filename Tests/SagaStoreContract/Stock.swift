import SagaCore
import SagaEngine
import SagaValues
import TestSupport

/// Many sagas of all kinds, what is stored of each, and a model of lists so naive that it cannot be wrong: whatever is
/// asked for, all are looked at.
struct Stock {
    struct Item {
        let id: UUID
        let origin: SagaOrigin
        let version: Int
        let row: SagaRow
        var incidents: [IncidentRecord]
    }

    private(set) var items: [Item] = []
    private(set) var author: Author
    var random: SeededGenerator
    private let versions: [WorkflowRecord]
    let epoch = Timestamp.wholeNow - .seconds(40 * 86_400)

    init(_ fixture: any StoreFixture, count: Int, seed: UInt64) async throws {
        author = try await Author(fixture)
        var versions = [author.workflow]
        for (name, version) in [("buy", 2), ("ship", 1)] {
            versions.append(
                try await author.store.deploy(
                    workflow: name, version: version, digest: "\(name) \(version)", source: "workflow: \(name)"))
        }
        self.versions = versions
        random = SeededGenerator(seed: seed)
        try await add(count)
    }

    var incidents: [IncidentRecord] { items.flatMap(\.incidents) }

    /// Stores more of them. - Parameter later: whether they start after all that are there.
    mutating func add(_ count: Int, later: Bool = false) async throws {
        let fresh = (0..<count).map { _ in item(later: later) }
        try await author.commit { batch in
            for item in fresh {
                batch.starts.append(NewSaga(id: item.id, origin: item.origin, locks: [], row: item.row))
                batch.history.append(
                    HistoryRow(
                        saga: item.id,
                        entry: HistoryEntry(revision: 1, at: item.origin.startedAt, kind: .started, data: [])))
                batch.incidentsOpened += item.incidents.map(\.opening)
                batch.incidentsResolved += item.incidents.compactMap(\.resolution)
            }
        }
        items += fresh
    }

    private mutating func item(later: Bool) -> Item {
        // Few values, so that filters meet.
        let hours = later ? 40 * 24 : Int.random(in: 0..<30, using: &random) * 24
        let startedAt = epoch + .seconds(hours * 3_600 + Int.random(in: 0..<7_200, using: &random) / 600 * 600)
        let version = versions.randomElement(using: &random)!
        let id = UUID.v7(at: startedAt, random: (random.next(), random.next()))
        let status = Saga.Status.allCases.randomElement(using: &random)!
        let took = [1, 600, 3_600, 3_601, 20_000, 20 * 86_400].randomElement(using: &random)!
        let changed = startedAt + .seconds(took)
        let link = items.randomElement(using: &random).map {
            ParentLink(saga: $0.id, step: "\(id)", item: 0, round: 1, body: nil, depth: 1)
        }
        let origin = SagaOrigin(
            workflowID: version.id,
            key: StartKey(
                tenant: Self.tenants.randomElement(using: &random)!, workflow: version.workflow,
                idempotencyKey: "key \(id)"), inputDigest: Array(repeating: 1, count: 32),
            businessKey: Self.businessKeys.randomElement(using: &random)!, trace: nil, startedAt: startedAt,
            parent: Int.random(in: 0..<4, using: &random) == 0 ? link : nil)
        var incidents: [IncidentRecord] = []
        for revision in 1..<(status.isTerminal ? 2 : 4) where Bool.random(using: &random) {
            incidents.append(incident(of: id, revision, origin, version, isOpen: !status.isTerminal))
        }
        let row = SagaRow(
            status: status, revision: 1, state: Array(#"{"s":[0]}"#.utf8), timerAt: nil,
            hasOpenIncident: incidents.contains { $0.resolution == nil }, updatedAt: changed,
            endedAt: status.isTerminal ? changed : nil)
        return Item(id: id, origin: origin, version: version.version, row: row, incidents: incidents)
    }

    private mutating func incident(
        of saga: UUID, _ revision: Int, _ origin: SagaOrigin, _ version: WorkflowRecord, isOpen: Bool
    ) -> IncidentRecord {
        let at = origin.startedAt + .seconds(Int.random(in: 0..<3, using: &random) * 600)
        let isResolved = !isOpen || Int.random(in: 0..<3, using: &random) == 0
        let code = Self.codes.randomElement(using: &random)!
        return IncidentRecord(
            opening: IncidentOpening(
                saga: saga, openedRevision: revision, step: Self.steps.randomElement(using: &random)!,
                participant: Self.participants.randomElement(using: &random)!,
                cause: [.exhausted, .unknown, .undoFailed].randomElement(using: &random)!,
                error: code.map { StepError(code: $0, message: Self.messages.randomElement(using: &random)!) }, at: at),
            resolution: isResolved
                ? IncidentResolution(
                    saga: saga, openedRevision: revision, resolution: .retryRequested, at: at + .seconds(60)) : nil,
            workflow: version.workflow, version: version.version, tenant: origin.key.tenant)
    }

    private static let tenants = ["default", "default", "acme", "a%"]
    private static let businessKeys: [String?] = [nil, "order 1", "order 2"]
    private static let steps = ["charge", "ship", "charge_back"]
    private static let participants = ["billing", "parcels"]
    private static let codes: [String?] = [nil, "timeout", "TIME_OUT", "time%out"]
    private static let messages = ["100% of Attempts failed", "100 attempts failed", "gone_away", "GONE away", "ÄRGER"]
    private static let texts = [
        "time", "TIMEOUT", "100%", "%", "_", "gone_a", "e_o", "attempts FAILED", "ä", "Ä", "nothing has this", "\\",
        "'",
    ]

    // MARK: Questions

    private mutating func perhaps<Value>(_ body: (inout SeededGenerator) -> Value?, oneIn many: Int = 5) -> Value? {
        Int.random(in: 0..<many, using: &random) == 0 ? body(&random) : nil
    }

    /// A time at which something happened, or one beside it.
    private mutating func time(_ times: [Timestamp]) -> Timestamp? {
        perhaps(
            { random in
                times.randomElement(using: &random).map { $0 + .microseconds(Int64.random(in: -1...1, using: &random)) }
            }, oneIn: 6)
    }

    private mutating func traits() -> IncidentTraits {
        var traits = IncidentTraits()
        traits.step = perhaps { Self.steps.randomElement(using: &$0) }
        traits.participant = perhaps { Self.participants.randomElement(using: &$0) }
        traits.cause = perhaps { Incident.Cause.allCases.randomElement(using: &$0) }
        traits.errorCode = perhaps({ Self.codes.randomElement(using: &$0) ?? nil }, oneIn: 9)
        traits.errorText = perhaps { Self.texts.randomElement(using: &$0) }
        return traits
    }

    mutating func sagaFilter() -> SagaFilter {
        var filter = SagaFilter()
        filter.statuses =
            perhaps(
                { random in
                    Set(Saga.Status.allCases.filter { _ in Bool.random(using: &random) })
                }, oneIn: 2) ?? []
        filter.workflow = perhaps({ ["buy", "ship", "none"].randomElement(using: &$0) }, oneIn: 3)
        filter.version = perhaps { [1, 2, 3, Int.max].randomElement(using: &$0) }
        filter.tenant = perhaps { Self.tenants.randomElement(using: &$0) }
        filter.businessKey = perhaps { ["order 1", "order 2"].randomElement(using: &$0) }
        filter.idempotencyKey = perhaps(
            { [items] in items.randomElement(using: &$0)?.origin.key.idempotencyKey }, oneIn: 20)
        filter.withIncident = perhaps { _ in true } ?? false
        filter.incident = perhaps({ _ in true }, oneIn: 3) == nil ? IncidentTraits() : traits()
        filter.startedAfter = time(items.map(\.origin.startedAt))
        filter.startedBefore = time(items.map(\.origin.startedAt))
        filter.endedAfter = time(items.compactMap(\.row.endedAt))
        filter.endedBefore = time(items.compactMap(\.row.endedAt))
        filter.updatedAfter = time(items.map(\.row.updatedAt))
        filter.updatedBefore = time(items.map(\.row.updatedAt))
        filter.parent = perhaps(
            { [items] in items.compactMap(\.origin.parent?.saga).randomElement(using: &$0) }, oneIn: 12)
        filter.withChildren = Bool.random(using: &random)
        filter.ids =
            perhaps({ [items] random in Set(items.shuffled(using: &random).prefix(9).map(\.id)) }, oneIn: 6) ?? []
        return filter
    }

    mutating func incidentFilter() -> IncidentFilter {
        var filter = IncidentFilter()
        filter.state = [.open, .resolved, nil].randomElement(using: &random)!
        filter.saga = perhaps({ [incidents] in incidents.randomElement(using: &$0)?.opening.saga }, oneIn: 12)
        filter.workflow = perhaps { ["buy", "ship", "none"].randomElement(using: &$0) }
        filter.version = perhaps { [1, 2, 3].randomElement(using: &$0) }
        filter.tenant = perhaps { Self.tenants.randomElement(using: &$0) }
        filter.traits = traits()
        filter.openedAfter = time(incidents.map(\.opening.at))
        filter.openedBefore = time(incidents.map(\.opening.at))
        return filter
    }

    // MARK: Answers

    func answer(_ filter: SagaFilter) -> [UUID] {
        items.filter { admits(filter, $0) }.map(\.id).sorted(by: >)
    }

    func answer(_ filter: IncidentFilter) -> [IncidentRecord] {
        incidents.filter { admits(filter, $0) }.sorted { $0.place > $1.place }
    }

    private func admits(_ filter: SagaFilter, _ item: Item) -> Bool {
        let (origin, row) = (item.origin, item.row)
        if !filter.ids.isEmpty, !filter.ids.contains(item.id) { return false }
        if !filter.statuses.isEmpty, !filter.statuses.contains(row.status) { return false }
        if let workflow = filter.workflow, workflow != origin.key.workflow { return false }
        if let version = filter.version, version != item.version { return false }
        if let tenant = filter.tenant, tenant != origin.key.tenant { return false }
        if let key = filter.businessKey, key != origin.businessKey { return false }
        if let key = filter.idempotencyKey, key != origin.key.idempotencyKey { return false }
        if filter.withIncident, !item.incidents.contains(where: { $0.resolution == nil }) { return false }
        if filter.incident != IncidentTraits(),
            !item.incidents.contains(where: { $0.resolution == nil && admits(filter.incident, $0.opening) })
        {
            return false
        }
        if let time = filter.startedAfter, origin.startedAt <= time { return false }
        if let time = filter.startedBefore, origin.startedAt >= time { return false }
        if let time = filter.endedAfter, row.endedAt == nil || row.endedAt! <= time { return false }
        if let time = filter.endedBefore, row.endedAt == nil || row.endedAt! >= time { return false }
        if let time = filter.updatedAfter, row.updatedAt <= time { return false }
        if let time = filter.updatedBefore, row.updatedAt >= time { return false }
        if let parent = filter.parent { return origin.parent?.saga == parent }
        return filter.withChildren || origin.parent == nil
    }

    private func admits(_ filter: IncidentFilter, _ record: IncidentRecord) -> Bool {
        if let state = filter.state, (state == .open) != (record.resolution == nil) { return false }
        if let saga = filter.saga, saga != record.opening.saga { return false }
        if let workflow = filter.workflow, workflow != record.workflow { return false }
        if let version = filter.version, version != record.version { return false }
        if let tenant = filter.tenant, tenant != record.tenant { return false }
        if let time = filter.openedAfter, record.opening.at <= time { return false }
        if let time = filter.openedBefore, record.opening.at >= time { return false }
        return admits(filter.traits, record.opening)
    }

    private func admits(_ traits: IncidentTraits, _ opening: IncidentOpening) -> Bool {
        if let step = traits.step, step != opening.step { return false }
        if let participant = traits.participant, participant != opening.participant { return false }
        if let cause = traits.cause, cause != opening.cause { return false }
        if let code = traits.errorCode, code != opening.error?.code { return false }
        guard let text = traits.errorText else { return true }
        guard let error = opening.error else { return false }
        return [error.code, error.message].contains { whole in
            let (whole, part) = (Array(whole.utf8).map(lowered), Array(text.utf8).map(lowered))
            return whole.indices.contains { whole[$0...].starts(with: part) }
        }
    }

    private func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
