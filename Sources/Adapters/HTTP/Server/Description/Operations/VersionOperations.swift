internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension Operation {
    private static let parameters: [Parameter] = [.workflowName, .path("version", .number("Its version."))]

    static let activateVersion = Operation(
        "activateVersion", .workflows, "Have starts take a version",
        """
        Those that name no version take it from then on, whichever is the highest: the way back from a bad deployment. One that \
        was retired is brought back. Sagas that run keep their version.
        """,
        parameters: parameters, body: .json(VersionBody.self),
        answers: [200: "What it has changed; of a dry run what it would change."])

    static let retireVersion = Operation(
        "retireVersion", .workflows, "Have no saga start with a version",
        "Sagas that run go on. The active version is not retired: activate another one first.",
        parameters: parameters, body: .json(VersionBody.self),
        answers: [200: "What it has changed; of a dry run what it would change."], refusals: [.activeVersion])
}

extension VersionBody: Described {
    static let schema = Schema.body(
        "Why a version is activated or retired.",
        [
            "reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text),
            "dryRun": .flag("True: nothing is done, and the answer says what would be.").nullable,
        ])
}

extension VersionAnswer: Described {
    static let schema = Schema.object(
        "What activating or retiring a version did, or would do.",
        [
            "workflow": .text("The workflow's name."),
            "version": .number("The version."),
            "state": .one(of: VersionState.self, "Of a dry run the one that it would have."),
            "openSagas": .count(
                "How many sagas of it are open; left out if they are more than \(VersionResult.countedAtMost)."
            ).optional,
            "changes": .list(of: .text(), "In sentences."),
            "dryRun": .flag("Whether nothing was done, since only that was wanted."),
        ])
}
