public import SagaCore
public import SagaValues

/// A saga as it was exported: with its workflow and all that happened to it, so that a developer can look at a case of
/// production anywhere. Sensitive values are masked in it; no event depends on them.
public struct SagaRecord: Sendable {
    public let id: UUID
    /// The version that it goes by, or went by when it ended.
    public let workflow: Definition
    /// Those that it has left before, each with the revision of the event by which it did.
    public let formerWorkflows: [(revision: Int, definition: Definition)]
    /// The `each` whose body it ran; nil if it ran the workflow itself.
    public let body: String?
    public let status: Saga.Status
    public let revision: Int
    /// The state as it was stored, see ``Saga/encodedState()``.
    public let state: [UInt8]
    public let history: [HistoryEntry]

    /// A version of a workflow.
    public struct Definition: Sendable, Hashable {
        public let name: String
        public let version: Int
        /// SHA-256 of the text, in hexadecimal digits.
        public let digest: String
        /// The text; nil where it stands elsewhere, as in an archive of many sagas.
        public let source: String?

        init?(_ json: JSON?) {
            guard let name = json?["name"]?.stringValue,
                let version = json?["version"]?.numberText.flatMap({ Int($0) }),
                let digest = json?["digest"]?.stringValue
            else { return nil }
            (self.name, self.version, self.digest) = (name, version, digest)
            source = json?["source"]?.stringValue
        }
    }

    /// Why a record cannot be read or replayed.
    public struct Flaw: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String

        public init(_ description: String) { self.description = description }
    }

    /// The one form that is written and read.
    public static let format = 1
    /// What the member `record` of a saga says.
    public static let kind = "saga"

    public init(_ json: JSON) throws(Flaw) {
        guard json["record"]?.stringValue == Self.kind else { throw Flaw("it is no exported saga") }
        guard json["format"]?.numberText == String(Self.format) else {
            throw Flaw("it is of a format that this program does not know; it knows \(Self.format)")
        }
        guard let saga = json["saga"], let id = saga["id"]?.stringValue.flatMap({ UUID($0) }),
            let status = saga["status"]?.stringValue.flatMap({ Saga.Status(rawValue: $0) }),
            let revision = saga["revision"]?.numberText.flatMap({ Int($0) }),
            let workflow = Definition(json["workflow"]), let state = json["state"]?.stringValue,
            let rows = json["history"]?.arrayValue
        else { throw Flaw("it is not whole: a part of the saga is missing in it") }
        var history: [HistoryEntry] = []
        for (index, row) in rows.enumerated() {
            guard let entry = HistoryEntry(row) else { throw Flaw("row \(index + 1) of its history cannot be read") }
            history.append(entry)
        }
        self.id = id
        self.workflow = workflow
        var former: [(revision: Int, definition: Definition)] = []
        for leaving in json["formerWorkflows"]?.arrayValue ?? [] {
            guard let definition = Definition(leaving),
                let revision = leaving["revision"]?.numberText.flatMap({ Int($0) })
            else { throw Flaw("a version that it has left cannot be read") }
            former.append((revision, definition))
        }
        formerWorkflows = former
        body = saga["parent"]?["body"]?.stringValue
        self.status = status
        self.revision = revision
        self.state = Array(state.utf8)
        self.history = history
    }
}

extension SagaRecord.Definition {
    /// The version as this program reads it.
    ///
    /// - Parameter source: gives texts that do not stand in the record, by their digest.
    package func compiled(_ source: (String) -> String?) throws(SagaRecord.Flaw) -> Workflow {
        let label = "\(name) version \(version)"
        guard let text = self.source ?? source(digest) else {
            throw SagaRecord.Flaw("its workflow is not in it: \(label)")
        }
        let compiled: Workflow
        do {
            compiled = try Workflow.compile(text, file: label)
        } catch {
            throw SagaRecord.Flaw("its workflow cannot be compiled by this program:\n\(error)")
        }
        guard compiled.digest == digest else {
            throw SagaRecord.Flaw("the workflow in it is not the one that the saga ran: the digests differ")
        }
        guard compiled.plan.workflow.hasSameBytes(as: name), compiled.plan.version == version else {
            throw SagaRecord.Flaw("the workflow in it is another one than the saga ran, which is \(label)")
        }
        return compiled
    }
}
