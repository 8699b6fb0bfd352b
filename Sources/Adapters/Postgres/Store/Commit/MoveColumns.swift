internal import Postgres
internal import SagaEngine
internal import SagaValues

/// Which sagas of a batch go on by another version of their workflow.
struct MoveColumns {
    private var sagas: [UUID] = []
    private var workflows: [Int32] = []

    var isEmpty: Bool { sagas.isEmpty }

    mutating func append(_ update: SagaUpdate) {
        guard let workflow = update.movedTo else { return }
        sagas.append(update.id)
        workflows.append(workflow)
    }

    var parameters: [PostgresParameter] { [.uuids(sagas), .int32s(workflows)] }

    /// What the update of the saga `s` with the id `n.id` sets besides.
    static func assignment(from first: Int) -> String {
        """
        ,
                workflow_id = coalesce((SELECT m.workflow_id FROM unnest($\(first)::uuid[], $\(first + 1)::int[])
                    AS m(id, workflow_id) WHERE m.id = n.id), s.workflow_id)
        """
    }

    /// What says the version of a saga elsewhere follows; behind the updates, so that it goes with those that were made.
    func followers() -> [(PostgresStatement, [PostgresParameter])] {
        isEmpty ? [] : [(Self.origins, [.uuids(sagas)]), (Self.incidents, [.uuids(sagas)])]
    }

    private static let origins = PostgresStatement(
        """
        UPDATE saga_origins AS o SET workflow_id = s.workflow_id FROM sagas s
        WHERE o.id = ANY ($1) AND s.id = o.id AND s.workflow_id <> o.workflow_id
        """, name: "move_origins")
    private static let incidents = PostgresStatement(
        """
        UPDATE saga_incidents AS i SET workflow_id = s.workflow_id FROM sagas s
        WHERE i.saga_id = ANY ($1) AND s.id = i.saga_id AND s.workflow_id <> i.workflow_id
        """, name: "move_incidents")
}
