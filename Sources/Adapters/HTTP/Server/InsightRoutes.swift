internal import Comparing
internal import Diagrams
internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// Questions that are answered with the plan at hand: explanation, drawing, whether a saga could move.
struct InsightRoutes {
    let engine: Engine
    let views: Views

    func add(to group: Routes) {
        group.get("sagas/:id/explanation", .seeSagas, .explainSaga) { _, call in
            Answer(try await views.explanation(try call.sagaID(), for: call.requester))
        }
        group.get("sagas/:id/diagram", .seeSagas, .drawSaga) { request, call in
            let format = try request.query("format", "mermaid, dot or svg") { DiagramFormat(rawValue: $0) } ?? .mermaid
            let open = try await views.open(try call.sagaID(), for: call.requester)
            let text = format.text(Diagram(open.process.plan, saga: open.process.saga))
            return Answer(DiagramView(format: format.rawValue, text: text))
        }
        group.get("sagas/:id/migration", .seeSagas, .checkMigration) { request, call in
            guard let version = try request.query("version", "a whole number from 1 on", { Limits.number($0) }) else {
                throw Problem.badRequest("'version' says which version the saga would move to")
            }
            return Answer(try await migration(try call.sagaID(), to: version, for: call.requester))
        }
    }

    private func migration(_ id: UUID, to version: Int, for requester: Requester) async throws -> MigrationView {
        var open = try await views.open(id, for: requester)
        let origin = open.summary.origin
        let name = origin.key.workflow
        guard let target = engine.workflow(named: name, version: version) else {
            throw Problem(EngineError.unknownWorkflow(name, version: version))
        }
        let migration = Migration(
            &open.process, from: try views.workflow(of: open.summary), to: target.workflow, body: origin.parent?.body)
        return MigrationView(
            id: id, status: open.process.saga.status.rawValue, from: open.process.plan.version, to: version,
            isPossible: migration.isPossible, obstacles: migration.obstacles.map(\.sentence), lines: migration.lines)
    }
}

enum DiagramFormat: String, CaseIterable {
    case mermaid, dot, svg

    func text(_ diagram: Diagram) -> String {
        switch self {
        case .mermaid: diagram.mermaid
        case .dot: diagram.dot
        case .svg: diagram.svg
        }
    }
}
