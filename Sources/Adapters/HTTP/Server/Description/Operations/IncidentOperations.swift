internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension Operation {
    static let listIncidents = Operation(
        "listIncidents", .incidents, "List incidents", "Newest first. All filters that are given must hold.",
        parameters: Parameter.incidentFilter + [
            .query(
                "cursor",
                .matching(
                    "^-?[0-9]{1,18}\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[0-9]{1,9}$",
                    "What `next` of the page before says."))
        ],
        refusals: [.tooMuch])

    static let groupIncidents = Operation(
        "groupIncidents", .incidents, "List incidents in groups",
        "One line for each workflow, step, participant, cause and error code, the most frequent first.",
        parameters: Parameter.incidentFilter, refusals: [.tooMuch])

    static let getIncident = Operation(
        "getIncident", .incidents, "Get an incident with its comments", parameters: Parameter.incidentName)

    static let assignIncident = Operation(
        "assignIncident", .incidents, "Say who sees to an incident", parameters: Parameter.incidentName,
        body: .json(AssignBody.self))

    static let commentOnIncident = Operation(
        "commentOnIncident", .incidents, "Write about an incident", parameters: Parameter.incidentName,
        body: .json(CommentBody.self), answers: [201: "Written."])
}

extension Parameter {
    fileprivate static let incidentName: [Parameter] = [
        .path("saga", .id("The saga's id.")), .path("revision", .number("The incident's `openedRevision`.")),
    ]

    fileprivate static let incidentFilter: [Parameter] =
        [
            .query(
                "state",
                Schema.one(of: IncidentState.allCases.map(\.rawValue) + ["all"], "Which of them.").with(
                    "default", "open")),
            .query("saga", .id("Only those of this saga.")),
            .query("workflow", .sought("Only of this workflow.")),
            .query("version", .number("Only of this version.")),
            .tenant,
        ] + incidentTraits + [
            .query("code", .sought("Only with exactly this error code.")),
            .query("openedAfter", .time("Opened after this.")), .query("openedBefore", .time("Opened before this.")),
            .limit,
        ]
}
