internal import SagaValues

extension Operation {
    static let explainSaga = Operation(
        "explainSaga", .sagas, "Get why a saga stands where it stands",
        "What it waits for, what happens next, and which verbs are legal now, for whom.", parameters: [.sagaID])

    static let drawSaga = Operation(
        "drawSaga", .sagas, "Draw a saga", "Coloured by state.",
        parameters: [
            .sagaID,
            .query(
                "format",
                Schema.one(of: DiagramFormat.self, "What to write it in.").with(
                    "default", .string(DiagramFormat.mermaid.rawValue))),
        ])

    static let checkMigration = Operation(
        "checkMigration", .sagas, "Tell whether a saga could move to another version", "Nothing is changed.",
        parameters: [.sagaID, .query("version", .number("The version that it would move to.")).required])
}
