public import SagaValues

/// An error as the API tells it (RFC 9457, `application/problem+json`).
public struct Problem: Error, Codable, Sendable {
    /// Where the code is explained, relative to the documentation: `errors/SAGA-0204`.
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    /// `SAGA-0204`
    public var code: String
    /// What is wrong in the input or the definition, one entry each.
    public var findings: [JSON]?
    /// The saga that stands in the way or has moved on.
    public var saga: UUID?
    /// The revision that the saga has now.
    public var revision: Int?

    public init(
        code: String, title: String, status: Int, detail: String, findings: [JSON]? = nil, saga: UUID? = nil,
        revision: Int? = nil
    ) {
        self.type = "errors/\(code)"
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.findings = findings
        self.saga = saga
        self.revision = revision
    }
}
