internal import SagaCore
internal import SagaValues

/// What a saga asks of a child: carried out by the engine itself, in a later batch of whichever node sends it.
struct ChildOrder: Sendable {
    let link: ParentLink
    let workflow: Workflow
    /// What the child takes over: tenant, trace, business key.
    let parent: SagaOrigin
    let what: What

    enum Workflow: Sendable {
        /// The active version of that name.
        case named(String)
        /// The version that the parent runs, of which the child runs a body.
        case deployed(DeployedWorkflow)
    }

    enum What: Sendable {
        /// Begin with this input, unless it has begun.
        case start(JSON)
        /// Undo what was done; if it has not begun, see to it that it never does.
        case undo
    }

    /// The same, but for what its child is a body of.
    func with(body: String?) -> ChildOrder {
        let link = ParentLink(
            saga: link.saga, step: link.step, item: link.item, round: link.round, body: body, depth: link.depth)
        return ChildOrder(link: link, workflow: workflow, parent: parent, what: what)
    }

    /// More parents above each other than this are taken for a circle.
    static let depthLimit = 16
}
