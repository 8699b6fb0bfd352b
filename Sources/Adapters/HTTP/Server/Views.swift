internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// Puts together what the API shows of a saga, from the store and the plan.
struct Views {
    let engine: Engine
    let store: any SagaStore
    private let page: Int
    private let bookmarks = Bookmarks()

    /// - Parameter page: how many rows of a history are read at once.
    init(engine: Engine, store: any SagaStore, page: Int = Limits.historyPage) {
        self.engine = engine
        self.store = store
        self.page = page
    }

    /// A saga as it is stored, with its plan.
    struct Opened {
        let summary: SagaSummary
        var process: SagaProcess
        /// The versions that it has gone by.
        let course: Course
        /// The store's clock.
        let now: Timestamp
    }

    /// What is known of a saga; one of another tenant is not there.
    func summary(_ id: UUID, for requester: Requester) async throws -> SagaSummary {
        guard let summary = try await store.summary(id) else {
            if let archived = try await store.archived(id), requester.sees(tenant: archived.key.tenant) {
                throw Problem(archived)
            }
            throw Problem(EngineError.unknownSaga(id))
        }
        guard requester.sees(tenant: summary.origin.key.tenant) else { throw Problem(EngineError.unknownSaga(id)) }
        return summary
    }

    func open(_ id: UUID, for requester: Requester) async throws -> Opened {
        let summary = try await summary(id, for: requester)
        guard let stored = try await store.load([id]).first else { throw Problem(EngineError.unknownSaga(id)) }
        let (saga, course) = try read(stored.row, of: summary)
        let plan = course.last
        let process = SagaProcess(
            saga: saga, data: SagaData(payloads: stored.payloads), plan: plan, updatedAt: stored.row.updatedAt)
        return Opened(summary: summary, process: process, course: course, now: try await store.ping())
    }

    /// What happened to it; nothing of a saga of very many events.
    func narrative(_ open: Opened) async throws -> [Narrative] {
        guard open.process.saga.revision < page else { return [] }
        let rows = try await store.history(open.summary.id, after: 0, limit: page)
        return rows.count < page ? try Narrative.tell(rows, id: open.summary.id, course: open.course) : []
    }

    func detail(_ id: UUID, for requester: Requester) async throws -> SagaDetail {
        let open = try await open(id, for: requester)
        let (summary, plan, saga) = (open.summary, open.process.plan, open.process.saga)
        // A saga of very many events is shown without timings rather than not at all.
        let timings = Narrative.timings(try await narrative(open), plan: plan)
        var process = open.process
        func value(_ root: Reference.Root) -> JSON? { process.value(root).map { plan.masked($0, of: root) } }
        return SagaDetail(
            saga: SagaListItem(summary), input: value(.input) ?? .null,
            output: saga.status == .completed ? process.output(isMasked: true) : nil,
            deadline: saga.deadline, isOverdue: saga.isOverdue ? true : nil,
            failure: saga.failure.map { FailureView($0, plan: plan) },
            steps: plan.steps.indices.map { index in
                StepView(
                    plan.steps[index], saga.steps[index], timings[index], output: value(.step(index)))
            },
            waitsFor: saga.waits(plan).map { WaitView($0, plan: plan) }, isNew: nil)
    }

    /// Reads the rows after `after` only, if this node has told the ones before; else from the beginning.
    func history(_ id: UUID, after: Int, for requester: Requester) async throws -> HistoryPage {
        let summary = try await summary(id, for: requester)
        guard after < summary.row.revision else { return HistoryPage(history: [], next: nil) }
        let course = try read(summary.row, of: summary).course
        var saga = bookmarks.saga(id, at: after)
        var items: [HistoryItem] = []
        while items.isEmpty {
            let rows = try await store.history(id, after: saga?.revision ?? 0, limit: page)
            guard let first = rows.first else { break }
            var told = saga ?? Saga(id: id, plan: course.first, at: first.at)
            for row in rows where row.revision <= summary.row.revision {
                let plan = course.plan(at: row.revision)
                let narrative = try Narrative.tell(row, of: &told, plan: plan)
                if row.revision > after { items.append(HistoryItem(narrative, plan: plan)) }
            }
            saga = told
        }
        if let saga { bookmarks.keep(saga) }
        return HistoryPage(
            history: items, next: saga.flatMap { $0.revision < summary.row.revision ? $0.revision : nil })
    }

    /// The version that it goes by.
    func workflow(of summary: SagaSummary) throws -> Workflow {
        guard let deployed = engine.workflow(id: summary.origin.workflowID) else {
            // Deployed through another node a moment ago: known here within seconds.
            throw EngineError.unavailable("the workflow of saga \(summary.id) is not known to this node yet")
        }
        return deployed.workflow
    }

    /// A saga as a row has it, and the versions that it has gone by.
    private func read(_ row: SagaRow, of summary: SagaSummary) throws -> (saga: Saga, course: Course) {
        let body = summary.origin.parent?.body
        guard let plan = try workflow(of: summary).plan(ofBody: body) else {
            throw StoreError(.broken, "the workflow of saga \(summary.id) has not the part that it runs")
        }
        guard
            let saga = Saga(
                id: summary.id, status: row.status, revision: row.revision, startedAt: summary.origin.startedAt,
                encodedState: row.state, plan: plan)
        else { throw StoreError(.broken, "the stored state of saga \(summary.id) cannot be read") }
        let course = Course(saga.left, to: plan) { version in
            engine.workflow(named: plan.workflow, version: version)?.workflow.plan(ofBody: body)
        }
        guard let course else {
            throw EngineError.unavailable("a version that saga \(summary.id) has left is not known to this node")
        }
        return (saga, course)
    }
}
