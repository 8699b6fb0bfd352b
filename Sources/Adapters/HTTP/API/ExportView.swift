public import SagaValues

/// A saga with all that is known of it, for a file that stands for itself; see docs/API.md.
public struct ExportView: Codable, Sendable {
    public var record: String
    public var format: Int
    public var workflow: JSON
    public var formerWorkflows: [JSON]?
    public var saga: JSON
    public var input: JSON?
    public var output: JSON?
    public var state: String
    public var history: [JSON]
    public var incidents: [JSON]
    public var audit: [JSON]
}
