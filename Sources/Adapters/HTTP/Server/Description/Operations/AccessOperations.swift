internal import SagaAPI
internal import SagaValues

extension Operation {
    static let whoami = Operation("whoami", .access, "Get who the credential stands for")

    static let createToken = Operation(
        "createToken", .access, "Make a token",
        "The answer has the token itself, this once. An admin of one tenant makes tokens for that tenant only.",
        body: .json(TokenBody.self), answers: [201: "It counts from now on."])

    static let listTokens = Operation(
        "listTokens", .access, "List tokens", "Without their secrets.",
        parameters: [.query("all", .flag("True: those too that have expired or were revoked."))])

    static let revokeToken = Operation(
        "revokeToken", .access, "Revoke a token", "For good: on this node at once, on others within 5 seconds.",
        parameters: [.path("id", .sought("The token's id."))])
}
