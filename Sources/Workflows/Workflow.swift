internal import Crypto
public import SagaCore
public import SagaValues

/// A workflow definition that has been checked: its plan, its text and the name of that text.
///
/// The definition is the text. Two are the same exactly when their bytes are, which ``digest`` tells; a
/// saga is pinned to it for life.
public struct Workflow: Sendable {
    public let plan: Plan
    /// The text exactly as it was given.
    public let source: String
    /// SHA-256 of the UTF-8 bytes of ``source``, 64 hexadecimal digits in lower case.
    public let digest: String
    /// Nil: any input is taken.
    public let inputSchema: InputSchema?
    /// How long after its end a saga stays before it is archived; nil: as the server's settings say.
    public let retention: Duration?
    /// What is doubtful in it; errors would have refused it.
    public let warnings: [Finding]
    /// As it was given to ``compile(_:file:knowsTimeZone:)``.
    let file: String
    /// Where it runs other workflows.
    let children: [ChildSite]

    init(
        plan: Plan, source: String, digest: String, inputSchema: InputSchema?, retention: Duration? = nil,
        warnings: [Finding], file: String, children: [ChildSite]
    ) {
        self.plan = plan
        self.source = source
        self.digest = digest
        self.inputSchema = inputSchema
        self.retention = retention
        self.warnings = warnings
        self.file = file
        self.children = children
    }

    /// The most bytes that a definition may have.
    public static let sourceLimit = 256 * 1024

    /// Reads and checks a definition in the workflow language (docs/WORKFLOWS.md).
    ///
    /// Takes time in proportion to the text, whatever it holds, never traps, and needs less than 2 MiB of stack.
    ///
    /// - Parameters:
    ///   - file: what findings call the file.
    ///   - knowsTimeZone: whether there is a time zone of a name. Left out, any that is formed like one is taken: who
    ///     does not read clocks does not know.
    /// - Throws: every mistake found in one go, at most 50 of them. A text that is no YAML gives one.
    public static func compile(
        _ source: String, file: String = "<input>", knowsTimeZone: @escaping (String) -> Bool = { _ in true }
    ) throws(WorkflowErrors) -> Workflow {
        guard source.utf8.count <= sourceLimit else {
            var findings = FindingList(file: file, source: SourceText(""))
            findings.add(
                .limitPassed, at: .start, "the file has \(source.utf8.count) bytes, more than \(sourceLimit)",
                help: "cut the workflow in two, or move long texts to the participants")
            throw findings.failure
        }
        let text = withoutByteOrderMark(source)
        let findings = FindingList(file: file, source: SourceText(text))
        var reader = DefinitionReader(findings, knowsTimeZone: knowsTimeZone)
        guard let root = YAMLReader.read(text, &reader.findings) else { throw reader.findings.failure }
        reader.readWorkflow(root)
        guard !reader.hasTooManySteps else { throw reader.findings.failure }
        var checker = DefinitionChecker(reader.draft, reader.findings)
        guard let (plan, children) = checker.plan() else { throw checker.findings.failure }
        return Workflow(
            plan: plan, source: source, digest: digest(of: source), inputSchema: reader.draft.schema,
            retention: reader.draft.retention, warnings: checker.findings.all, file: file, children: children)
    }

    /// The plan of the body of an `each`, wherever it stands; without a name the workflow's own.
    public func plan(ofBody name: String?) -> Plan? {
        name.map { plan.body(ofEach: $0) } ?? plan
    }

    /// As ``compile(_:file:knowsTimeZone:)``, for bytes that may not be UTF-8, which is a finding too.
    public static func compile(
        _ source: [UInt8], file: String = "<input>", knowsTimeZone: @escaping (String) -> Bool = { _ in true }
    ) throws(WorkflowErrors) -> Workflow {
        guard let text = String(validating: source, as: UTF8.self) else {
            let repaired = SourceText(String(decoding: source.prefix(sourceLimit), as: UTF8.self))
            let offset = repaired.scalars.firstIndex(of: "\u{FFFD}") ?? 0
            var findings = FindingList(file: file, source: repaired)
            findings.add(
                .notReadable, at: repaired.position(of: offset), "the file is not UTF-8",
                help: "save it in UTF-8 again; the first byte that is wrong stands here")
            throw findings.failure
        }
        return try compile(text, file: file, knowsTimeZone: knowsTimeZone)
    }

    /// Whatever an input breaks of the schema: at most 20 places, none when there is no schema.
    public func validate(input: JSON) -> [SchemaViolation] {
        inputSchema?.violations(of: input) ?? []
    }

    /// Editors on Windows put one in front, where nobody sees it; the YAML library takes offence at it.
    package static func withoutByteOrderMark(_ source: String) -> String {
        let scalars = source.unicodeScalars
        return scalars.first == "\u{FEFF}" ? String(scalars.dropFirst()) : source
    }

    private static func digest(of source: String) -> String {
        var hasher = SHA256()
        var source = source
        source.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return hasher.finalize().hexadecimal
    }
}
