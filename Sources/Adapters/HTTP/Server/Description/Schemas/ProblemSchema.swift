internal import SagaAPI
internal import SagaValues

extension Problem: Described {
    static let schema = Schema.object(
        "What is no success (RFC 9457).",
        [
            "type": .matching("^errors/SAGA-[0-9]{4}$", "Where the code is explained, relative to the documentation."),
            "title": .text("What is wrong in general."),
            "status": .whole("The HTTP status again.", 400...599),
            "detail": .text("What is wrong in this case."),
            "code": .matching("^SAGA-[0-9]{4}$", "What programs decide on."),
            "findings": .list(
                of: Schema(["type": "object"]),
                "What is wrong in an input (`pointer`, `message`) or in a definition, one entry each."
            ).optional,
            "saga": .id("The saga that stands in the way.").optional,
            "revision": .number("The revision that the saga has now.").optional,
        ])
}
