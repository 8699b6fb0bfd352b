internal import ArgumentParser
internal import Exploration
internal import SagaCLI
internal import SagaCore
internal import SagaValues
internal import Workflows

/// How the result of a check is written: in two of the forms that all commands have, or as other programs want it.
enum CheckFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, sarif, github

    /// What other programs want; nil for forms that all commands have.
    func lines(_ checks: [FileCheck]) -> [String]? {
        switch self {
        case .text, .json: nil
        case .sarif: [Sarif.log(checks).text]
        case .github: checks.flatMap(\.annotations)
        }
    }
}

/// What is printed of files, for programs.
struct FileReport: Encodable {
    let files: [JSON]
}

/// The code of a bad end; docs/errors/SAGA-0180.md.
let badEnd = "SAGA-0180"

extension FileCheck {
    /// For people.
    var lines: [String] {
        var lines = findings.map(\.description)
        if !findings.isEmpty {
            lines.append("\(path): \(WorkflowErrors.summary(of: findings, omitted: omitted))")
        }
        if let (proof, seconds) = proof {
            if let (body, story) = proof.counterexample {
                lines.append("\(path): error: \(Self.sentence(body)) [\(badEnd)]")
                lines += story.lines.map { "  " + $0 }
            } else {
                lines.append(Self.summary(path, proof, seconds))
            }
        } else if workflow != nil, !hasErrors {
            lines.append("\(path): \(Terminal.styled("no rule is broken", .green))")
        }
        return lines
    }

    /// What has become of many files, so that nobody has to look for a red line among green ones.
    static func total(_ checks: [FileCheck]) -> [String] {
        guard checks.count > 1 else { return [] }
        let bad = checks.count { $0.isBad(strictly: false) }
        return [
            bad == 0
                ? Terminal.styled("\(checks.count) files, nothing wrong", .green)
                : Terminal.styled("\(checks.count) files, something wrong in \(bad)", .red)
        ]
    }

    static func sentence(_ body: String?) -> String {
        let whose = body.map { "a saga of the items of '\($0)'" } ?? "a saga"
        return "\(whose) can come to a bad end; this is the shortest way there"
    }

    private static func summary(_ path: String, _ proof: Proof, _ seconds: Double) -> String {
        let count = "\(grouped(proof.states)) states, \(grouped(proof.moves)) moves, \(rounded(seconds)) s"
        guard proof.isComplete else {
            return "\(path): \(Terminal.styled("no bad end was found", .yellow)), but not everything was seen "
                + "(\(count)); --states raises the limit"
        }
        return
            "\(path): \(Terminal.styled("every end is all done, all undone or parked for a person", .green)) (\(count))"
    }

    private static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    private static func rounded(_ seconds: Double) -> String {
        "\((seconds * 10).rounded() / 10)"
    }

    // MARK: For programs

    var json: JSON {
        var object: JSON.Object = [
            "file": .string(path), "findings": .array(findings.map(\.json)),
            "omitted": JSON(omitted),
        ]
        if let workflow {
            object["workflow"] = .string(workflow.plan.workflow)
            object["version"] = JSON(workflow.plan.version)
        }
        if let (proof, _) = proof {
            var members: JSON.Object = [
                "states": JSON(proof.states), "moves": JSON(proof.moves), "complete": .bool(proof.isComplete),
                "parts": .array(proof.parts.map(\.json)),
            ]
            if let (body, story) = proof.counterexample {
                members["counterexample"] = .object([
                    "code": .string(badEnd), "body": body.map { .string($0) } ?? .null, "end": .string(story.end),
                    "story": .array(story.lines.map { .string($0) }),
                ])
            }
            object["proof"] = .object(members)
        }
        return .object(object)
    }

    /// Commands of GitHub's runners; others understand them too.
    var annotations: [String] {
        func escaped(_ text: String) -> String {
            text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        }
        func property(_ text: String) -> String {
            escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
        }
        var lines = findings.map { finding in
            let kind = finding.severity == .error ? "error" : "warning"
            return "::\(kind) file=\(property(finding.file)),line=\(finding.line),col=\(finding.column),"
                + "title=\(finding.code.rawValue)::\(escaped(finding.message + "\nhelp: " + finding.help))"
        }
        if let (body, story) = proof?.proof.counterexample {
            let text = ([Self.sentence(body)] + story.lines).joined(separator: "\n")
            lines.append("::error file=\(property(path)),line=1,title=\(badEnd)::\(escaped(text))")
        }
        return lines
    }
}

extension Proof.Part {
    fileprivate var json: JSON {
        [
            "body": body.map { .string($0) } ?? .null, "way": .string(way.rawValue), "states": JSON(report.states),
            "moves": JSON(report.moves), "completed": JSON(report.completed), "compensated": JSON(report.compensated),
            "parked": JSON(report.parked), "complete": .bool(!report.isCutShort),
        ]
    }
}
