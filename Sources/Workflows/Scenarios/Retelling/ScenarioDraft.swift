public import Workflows

/// A test file made of an exported saga: it plays what the participants replied, and expects the end that it had.
///
/// It is played at once, so that what it says of itself is known to be so.
public struct ScenarioDraft: Sendable {
    /// The file.
    public let text: String
    /// What of the saga a scenario cannot tell, in sentences; they stand in the file too.
    public let remarks: [String]
    /// What came of playing it; nil if the file cannot be read.
    public let outcome: ScenarioOutcome?
    /// Why the file cannot be read: a masked input does not fit the schema, say.
    public let findings: WorkflowErrors?

    /// - Parameters:
    ///   - source: gives definitions that do not stand in the record, by their digest.
    ///   - file: what findings call the new file.
    ///   - workflowFile: where the definition is, as seen from the new file.
    public init(
        _ record: SagaRecord, source: (String) -> String? = { _ in nil }, file: String, workflowFile: String
    ) throws(SagaRecord.Flaw) {
        let workflow = try record.workflow.compiled(source)
        let retelling = try Retelling(record, workflow)
        // The plainest that comes to the same end: how long each answer took matters seldom.
        let ways = [(false, false), (true, false), (false, true), (true, true)]
        for isWhole in [true, false] {
            for (isExact, isAnchored) in ways {
                let draft = ScenarioDraft(
                    ScenarioText(retelling, isExact: isExact, isAnchored: isAnchored, isWhole: isWhole), file: file,
                    workflowFile: workflowFile, workflow)
                guard draft.outcome?.hasPassed ?? false else { continue }
                self = draft
                return
            }
        }
        // Of those that do not come to it the one that tells most.
        self.init(
            ScenarioText(retelling, isExact: true, isAnchored: false, isWhole: true), file: file,
            workflowFile: workflowFile, workflow)
    }

    private init(_ text: ScenarioText, file: String, workflowFile: String, _ workflow: Workflow) {
        self.text = text.file(workflowFile)
        remarks = text.remarks
        var outcome: ScenarioOutcome?
        var findings: WorkflowErrors?
        do throws(WorkflowErrors) {
            outcome = try ScenarioFile.read(self.text, file: file) { _ in workflow }.scenarios.first?.run()
        } catch {
            findings = error
        }
        (self.outcome, self.findings) = (outcome, findings)
    }
}
