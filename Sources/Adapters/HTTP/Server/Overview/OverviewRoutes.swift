internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What goes on: of all sagas in figures, of one with all that is a part of it.
struct OverviewRoutes {
    let store: any SagaStore
    let tree: TreeOfSagas

    func add(to group: Routes) {
        group.get("overview", .seeSagas, .getOverview, use: overview)
        group.get("sagas/:id/tree", .seeSagas, .getTree) { _, call in
            Answer(try await tree.view(try call.sagaID(), for: call.requester))
        }
    }

    private func overview(_ request: Request, _ call: Call) async throws -> Answer<OverviewView> {
        let whose = try request.whose(call.requester)
        let limit = try request.query("limit", "a whole number from 1 to \(Limits.page)") { text in
            Limits.whole(text, 1...Limits.page)
        }
        guard whose != .nobodys else {
            return Answer(OverviewView(at: try await store.ping(), workflows: [], oldest: []))
        }
        return Answer(OverviewView(try await store.overview(tenant: whose.tenant, oldest: limit ?? 10)))
    }
}

extension OverviewView {
    fileprivate init(_ overview: Overview) {
        self.init(
            at: overview.at,
            workflows: overview.workflows.map { work in
                WorkloadView(
                    workflow: work.workflow, queued: work.open[.queued] ?? 0, running: work.open[.running] ?? 0,
                    compensating: work.open[.compensating] ?? 0, withIncident: work.withIncident,
                    started: work.started, completed: work.ended[.completed] ?? 0,
                    compensated: work.ended[.compensated] ?? 0, abandoned: work.ended[.abandoned] ?? 0)
            }, oldest: overview.oldest.map { SagaListItem($0) })
    }
}
