internal import SagaCore
internal import SagaValues
public import Workflows

/// The scenarios that stand beside a workflow (docs/SCENARIOS.md): `plan-purchase.test.yaml`.
public struct ScenarioFile: Sendable {
    /// The name of the workflow that they are about.
    public let workflow: String
    public let scenarios: [Scenario]
    /// What is doubtful in the workflow.
    public let warnings: [Finding]

    /// More scenarios are refused.
    public static let scenarioLimit = 500

    /// Reads a file, and checks it against its workflow: names, inputs, and what can be sent or happen at all.
    ///
    /// - Parameters:
    ///   - file: what findings call the file.
    ///   - load: gives the workflow of the file that is named under `workflow`, as it stands there; nil if there is no
    ///     such file. What it throws is what is wrong in that one.
    /// - Throws: every mistake found in one go, at most 50 of them.
    public static func read(
        _ source: String, file: String = "<input>", workflow load: (String) throws(WorkflowErrors) -> Workflow?
    ) throws(WorkflowErrors) -> ScenarioFile {
        guard source.utf8.count <= Workflow.sourceLimit else {
            var findings = FindingList(file: file, source: SourceText(""))
            findings.add(
                .limitPassed, at: .start, "the file has \(source.utf8.count) bytes, more than \(Workflow.sourceLimit)",
                help: "cut it in two; several files may be about one workflow")
            throw findings.failure
        }
        let text = Workflow.withoutByteOrderMark(source)
        var findings = FindingList(file: file, source: SourceText(text))
        guard let root = YAMLReader.read(text, &findings) else { throw findings.failure }
        var values = DefinitionReader(findings)
        guard let (map, workflow) = try ScenarioReader.workflow(root, &values, load) else {
            throw values.findings.failure
        }
        var reader = ScenarioReader(values, workflow)
        let scenarios = reader.scenarios(of: map)
        guard !reader.values.findings.hasErrors else { throw reader.values.findings.failure }
        return ScenarioFile(workflow: workflow.plan.workflow, scenarios: scenarios, warnings: workflow.warnings)
    }

    /// As ``read(_:file:workflow:)``, for bytes that may not be UTF-8, which is a finding too.
    public static func read(
        _ source: [UInt8], file: String = "<input>", workflow load: (String) throws(WorkflowErrors) -> Workflow?
    ) throws(WorkflowErrors) -> ScenarioFile {
        guard let text = String(validating: source, as: UTF8.self) else {
            var findings = FindingList(file: file, source: SourceText(""))
            findings.add(.notReadable, at: .start, "the file is not UTF-8", help: "save it in UTF-8 again")
            throw findings.failure
        }
        return try read(text, file: file, workflow: load)
    }
}
