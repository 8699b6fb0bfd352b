import Foundation
import SagaCore
import TestServers
import Workflows

/// The workflows that the platform has, as the tests deploy them: without the clock, which would start a renewal of
/// its own, with less patience for answers, and with seconds for days.
struct Deployed: Sendable {
    /// How long a saga waits for what is not ours.
    enum Tempo: Int, CaseIterable, Sendable {
        /// As long as is written, for a provider that calls back and for a person.
        case patient = 1
        /// Two seconds. To check and explore a definition takes seconds in itself, so only those that wait have it.
        case rude

        var version: Int { rawValue }
    }

    let workflows: [Workflow]
    /// Where the patient ones lie.
    let folder: String
    /// The texts of the rude ones, by a name for findings.
    let others: [(name: String, source: String)]

    init() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Built.workflows)
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.sorted()
        folder = try TestServers.freshFolder("workflows")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var workflows: [Workflow] = []
        var others: [(String, String)] = []
        for name in names {
            let source = try String(contentsOfFile: "\(Built.workflows)/\(name)", encoding: .utf8)
            let text = Deployed.text(source)
            let workflow = try Workflow.compile(text, file: name)
            workflows.append(workflow)
            try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            if workflow.plan.steps.contains(where: \.waitsForOthers) {
                others.append(("\(name), rude", Deployed.rude(text)))
            }
        }
        (self.workflows, self.others) = (workflows, others)
    }

    private static func text(_ source: String) -> String {
        source.replacing(#/\nschedule: .*/#, with: "")
            .replacing(#/wait: \d+d/#, with: "wait: 2s")
            .replacing(#/timeout: \d+[sm]\n/#, with: "timeout: 5s\n")
            .replacing(#/(retry|undoRetry): \{ attempts: (\d+)[^}]*\}/#) { match in
                "\(match.1): { attempts: \(match.2), initial: 200ms, max: 1s }"
            }
    }

    private static func rude(_ text: String) -> String {
        text.replacing(#/\nversion: 1\n/#, with: "\nversion: \(Tempo.rude.version)\n")
            .replacing(#/timeout: \d+[hd]/#, with: "timeout: 2s")
    }

    func plan(_ name: String) -> Plan? { workflows.first { $0.plan.workflow == name }?.plan }
}

extension Step {
    fileprivate var waitsForOthers: Bool {
        switch kind {
        case .listen, .approval: true
        case .action, .emit, .choice, .pause, .run, .each: false
        }
    }
}
