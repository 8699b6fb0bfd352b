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
        let workflow = try ScenarioDraft.workflow(of: record, source)
        let retelling = try Retelling(record, workflow)
        var last: ScenarioDraft?
        // The plainest that comes to the same end: how long each answer took matters seldom.
        for (isExact, isWhole) in [(false, true), (true, true), (false, false), (true, false)] {
            let draft = ScenarioDraft(
                retelling, isExact: isExact, isWhole: isWhole, file: file, workflowFile: workflowFile, workflow)
            if draft.outcome?.hasPassed ?? false {
                self = draft
                return
            }
            // Of those that do not come to it the one that tells most.
            if isExact, isWhole || last == nil { last = draft }
        }
        guard let last else { throw SagaRecord.Flaw("nothing of it can be told") }
        self = last
    }

    private init(
        _ retelling: Retelling, isExact: Bool, isWhole: Bool, file: String, workflowFile: String, _ workflow: Workflow
    ) {
        var remarks = retelling.remarks
        if !isWhole {
            remarks.append("what is sent in which order, and the output, come out otherwise here and are not looked at")
        }
        let text = ScenarioText(retelling, isExact: isExact, isWhole: isWhole, remarks: remarks).file(workflowFile)
        var outcome: ScenarioOutcome?
        var findings: WorkflowErrors?
        do throws(WorkflowErrors) {
            outcome = try ScenarioFile.read(text, file: file) { _ in workflow }.scenarios.first?.run()
        } catch {
            findings = error
        }
        (self.text, self.remarks, self.outcome, self.findings) = (text, remarks, outcome, findings)
    }

    private static func workflow(
        of record: SagaRecord, _ source: (String) -> String?
    ) throws(SagaRecord.Flaw) -> Workflow {
        let definition = record.workflow
        guard let text = definition.source ?? source(definition.digest) else { throw SagaRecord.Flaw("its workflow is not in it") }
        do {
            return try Workflow.compile(text, file: "\(definition.name) version \(definition.version)")
        } catch {
            throw SagaRecord.Flaw("its workflow cannot be compiled by this program:\n\(error)")
        }
    }
}
