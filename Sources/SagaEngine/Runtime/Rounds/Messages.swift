internal import SagaCore
internal import SagaValues

/// What a batch sends once it is committed, each thing once.
struct Messages: Sendable {
    private(set) var commands: [Command] = []
    private(set) var events: [OutgoingEvent] = []
    private(set) var children: [ChildOrder] = []
    private(set) var waits: [EventWait] = []

    var isEmpty: Bool { commands.isEmpty && events.isEmpty && children.isEmpty && waits.isEmpty }

    mutating func add(_ message: SagaMessage, of loaded: LoadedSaga) {
        let (saga, plan, origin) = (loaded.saga, loaded.plan, loaded.origin)
        func id(_ dispatch: Dispatch) -> CommandID {
            CommandID(
                saga: saga.id, step: plan.steps[dispatch.step].name, iteration: Int32(dispatch.item),
                direction: dispatch.direction)
        }
        func link(_ dispatch: Dispatch, body: Bool = false) -> ParentLink {
            let step = plan.steps[dispatch.step].name
            return ParentLink(
                saga: saga.id, step: step, item: dispatch.item, round: dispatch.round, body: body ? step : nil,
                depth: (origin.parent?.depth ?? 0) + 1)
        }
        switch message {
        case .command(let dispatch, let action, let body):
            let command = Command(
                id: id(dispatch), action: action, attempt: dispatch.attempt, round: dispatch.round,
                workflow: plan.workflow, version: plan.version, tenant: origin.key.tenant, deadline: saga.deadline,
                trace: origin.trace, body: body)
            if !commands.contains(where: { $0.id == command.id }) { commands.append(command) }
        case .event(let dispatch, let name, let data):
            let event = OutgoingEvent(id: id(dispatch), name: name, body: data, trace: origin.trace)
            if !events.contains(where: { $0.id == event.id }) { events.append(event) }
        case .startChild(let dispatch, let kind, let input):
            let isBody = kind == .body
            let workflow: ChildOrder.Workflow =
                switch kind {
                case .body: .deployed(loaded.workflow)
                case .workflow(let name): .named(name)
                }
            children.append(
                ChildOrder(link: link(dispatch, body: isBody), workflow: workflow, parent: origin, what: .start(input)))
        case .undoChild(let dispatch):
            let workflow: ChildOrder.Workflow
            var isBody = false
            switch plan.steps[dispatch.step].kind {
            case .run(let child): workflow = .named(child.workflow)
            default: (workflow, isBody) = (.deployed(loaded.workflow), true)
            }
            children.append(
                ChildOrder(link: link(dispatch, body: isBody), workflow: workflow, parent: origin, what: .undo))
        case .listen(let step, let keys):
            let wait = EventWait(saga: saga.id, step: plan.steps[step].name, since: saga.startedAt, keys: keys)
            if !waits.contains(where: { $0.step == wait.step }) { waits.append(wait) }
        case .stopListening:
            // Written with the saga.
            break
        }
    }

    /// A command is not sent after all.
    mutating func takeBack(_ index: Int) {
        commands.remove(at: index)
    }

    mutating func add(_ other: Messages) {
        commands += other.commands
        events += other.events
        children += other.children
        waits += other.waits
    }
}
