internal import SagaEngine
internal import SagaValues

/// What the document says of a route, besides its method, its path, who may take it, and the view that it answers with,
/// all of which the route itself says. `CONTRIBUTING.md` has an example.
struct Operation: Sendable {
    /// What generated clients call it: `startSaga`.
    let id: String
    let tag: Tag
    /// In some words, without a full stop.
    let summary: String
    let text: String
    let parameters: [Parameter]
    let body: OperationBody?
    /// The statuses that come with the route's own view, each with when.
    let answers: KeyValuePairs<Int, String>
    /// Its own ones: those that all have, or that follow from its body, its path and its permission, come by themselves.
    private let refusals: [Refusal]

    init(
        _ id: String, _ tag: Tag, _ summary: String, _ text: String = "", parameters: [Parameter] = [],
        body: OperationBody? = nil, answers: KeyValuePairs<Int, String> = [200: "Done."], refusals: [Refusal] = []
    ) {
        self.id = id
        self.tag = tag
        self.summary = summary
        self.text = text
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.refusals = refusals
    }

    /// What operations are listed under.
    enum Tag: String, CaseIterable {
        case sagas, operators, jobs, incidents, participants, deadLetters = "dead letters", workflows, access, audit,
            health

        var text: String {
            switch self {
            case .sagas: "Start sagas, find them, see what they do."
            case .operators: "What a person may ask of a saga."
            case .jobs: "One verb over many sagas."
            case .incidents: "What waits for a person."
            case .participants: "The services that carry out steps."
            case .deadLetters: "Messages that nobody could take."
            case .workflows: "Definitions, and what became of their sagas."
            case .access: "Who one is, and tokens."
            case .audit: "Who asked for what."
            case .health: "Whether the node lives and works."
            }
        }
    }

    /// The names that its query may have.
    var queryNames: Set<String> { Set(parameters.filter { $0.place == .query }.map(\.name)) }

    /// All problems that it may answer with, by their status.
    func refusals(_ access: APIRoute.Access) -> [Refusal] {
        var all = refusals + [.longTarget, .fault]
        if access != .open { all += [.malformed, .unauthorized, .throttled, .unavailable] }
        if case .needs(let permission) = access,
            permission.isForAllTenants || permission.roles != Set(Requester.Role.allCases)
        {
            all.append(.forbidden)
        }
        if parameters.contains(where: { $0.place == .path }) { all.append(.notFound) }
        // Who only looks is told so; of verbs it is as if it were not there.
        if body == nil, parameters.contains(where: { $0.isSaga }) { all.append(.archived) }
        if body != nil { all += [.slow, .tooLarge, .mediaType] }
        return Set(all).sorted { ($0.status, $0.code) < ($1.status, $1.code) }
    }
}

/// What a request brings.
struct OperationBody: Sendable {
    /// Any of them, or none.
    let mediaTypes: [String]
    let schema: Schema

    static func json<Body: Described>(_ type: Body.Type) -> OperationBody { json(.of(type)) }

    static func json(_ schema: Schema) -> OperationBody {
        OperationBody(mediaTypes: ["application/json"], schema: schema)
    }

    static func yaml(_ schema: Schema) -> OperationBody { OperationBody(mediaTypes: yamlTypes, schema: schema) }

    static let yamlTypes = ["application/yaml", "application/x-yaml", "text/yaml", "text/plain"]

    var json: JSON {
        var content = JSON.Object()
        for type in mediaTypes { content[type] = ["schema": schema.json] }
        return ["required": true, "content": .object(content)]
    }
}
