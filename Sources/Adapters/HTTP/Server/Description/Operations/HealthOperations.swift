internal import SagaValues

extension Operation {
    static let live = Operation(
        "live", .health, "Tell whether the process lives", answers: [200: "It lives."])

    static let ready = Operation(
        "ready", .health, "Tell whether the node can work", "How the broker is does not count.",
        answers: [200: "It can.", 503: "It cannot; `why` says why."])

    static let openAPI = Operation(
        "openAPI", .health, "Get this document", answers: [200: "OpenAPI 3.1."])
}

extension HealthRoutes.Life: Described {
    static let schema = Schema.object("A process that lives.", ["status": .one(of: ["alive"], "Always this.")])
}

extension HealthRoutes.Readiness: Described {
    static let schema = Schema.object(
        "Whether a node can work.",
        [
            "status": .one(of: ["ready", "not ready"], "Whether it can."),
            "why": .text("Why it cannot.").optional,
            "database": .one(of: ["here", "away"], "Whether the database answers."),
            "broker": .one(of: BrokerCondition.self, "How the way to the participants is."),
        ])
}

extension OpenAPIDocument: Described {
    static let schema = Schema(["type": "object"], "An OpenAPI document: see spec.openapis.org/oas/v3.1.0.")
}
