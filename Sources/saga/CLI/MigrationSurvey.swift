internal import SagaAPI
internal import SagaValues

/// Which of a workflow's open sagas could move to another version: asked saga by saga, told reason by reason.
struct MigrationSurvey {
    let workflow: String
    let target: Int
    /// The sagas that can move.
    private(set) var moving: [UUID] = []
    /// Those that cannot, with all that stands against it.
    private(set) var standing: [(id: UUID, obstacles: [String])] = []
    /// How many are of the version wanted already.
    private(set) var arrived = 0

    /// So many questions are under way at a time.
    private static let width = 8
    /// So many sagas are named for each reason; `--json` names them all.
    private static let examples = 3

    init(workflow: String, target: Int) {
        self.workflow = workflow
        self.target = target
    }

    /// Goes through all that are open now, newest first. A saga that ends meanwhile is left out.
    mutating func ask(_ client: Client) async throws {
        // Nothing could move to a version that is not there, and without open sagas nobody else would tell.
        _ = try await client.workflow(workflow, version: target)
        var cursor: UUID?
        repeat {
            let page = try await client.openSagas(of: workflow, after: cursor)
            // What carries out an item goes where the saga goes that it is a part of.
            let whole = page.sagas.filter { $0.parent?.isBody != true }
            let others = whole.filter { $0.version != target }
            arrived += whole.count - others.count
            for view in try await Self.views(of: others.map(\.id), client, target) { take(view) }
            if Terminal.isInteractive { Terminal.progress("\(moving.count + standing.count + arrived) sagas") }
            cursor = page.next
        } while cursor != nil
        if Terminal.isInteractive { Terminal.progress("") }
    }

    mutating func take(_ view: MigrationView) {
        if view.isPossible {
            moving.append(view.id)
        } else if Statuses.isOpen(view.status) {
            standing.append((view.id, view.obstacles))
        }
    }

    private static func views(of ids: [UUID], _ client: Client, _ target: Int) async throws -> [MigrationView] {
        try await withThrowingTaskGroup(of: MigrationView.self) { group in
            var views: [MigrationView] = []
            for (index, id) in ids.enumerated() {
                if index >= width, let view = try await group.next() { views.append(view) }
                group.addTask { try await client.migration(of: id, to: target) }
            }
            for try await view in group { views.append(view) }
            return views
        }
    }

    /// One obstacle and the sagas that it holds, the most frequent first.
    private var reasons: [(obstacle: String, sagas: [UUID])] {
        var sagas: [String: [UUID]] = [:]
        for (id, obstacles) in standing {
            for obstacle in obstacles { sagas[obstacle, default: []].append(id) }
        }
        return sagas.map { ($0.key, $0.value.sorted()) }
            .sorted { ($1.sagas.count, $0.obstacle) < ($0.sagas.count, $1.obstacle) }
    }

    // MARK: Output

    /// For people.
    var lines: [String] {
        let open = moving.count + standing.count + arrived
        guard open > 0 else { return ["\(workflow) has no open sagas"] }
        var lines = ["\(open) open sagas of \(workflow)"]
        if arrived > 0 { lines.append("  \(arrived) are of version \(target) already") }
        lines.append("  \(moving.count) can move to version \(target)")
        guard !standing.isEmpty else { return lines }
        lines.append("  \(standing.count) cannot:")
        for (obstacle, sagas) in reasons {
            lines.append("  - \(obstacle) (\(sagas.count == 1 ? "1 saga" : "\(sagas.count) sagas"))")
            let named = sagas.prefix(Self.examples).map(\.description).joined(separator: " ")
            lines.append("    \(named)\(sagas.count > Self.examples ? " …" : "")")
        }
        return lines
    }

    var json: JSON {
        [
            "workflow": .string(workflow), "to": JSON(target), "arrived": JSON(arrived),
            "moving": .array(moving.map { .string($0.description) }),
            "standing": .array(
                standing.map { saga in
                    [
                        "id": .string(saga.id.description),
                        "obstacles": .array(saga.obstacles.map { .string($0) }),
                    ]
                }),
        ]
    }
}
