internal import SagaCore
internal import SagaValues
internal import Workflows

/// A retelling as the text of a test file.
struct ScenarioText {
    let retelling: Retelling
    /// Whether each answer takes as long as it took.
    let isExact: Bool
    /// Whether what happens by itself is told from what was sent before it on, and not from the start.
    let isAnchored: Bool
    /// Whether it is looked at what is sent, and at the output.
    let isWhole: Bool
    let remarks: [String]

    init(_ retelling: Retelling, isExact: Bool, isAnchored: Bool, isWhole: Bool) {
        self.retelling = retelling
        self.isExact = isExact
        self.isAnchored = isAnchored
        self.isWhole = isWhole
        let left = "what is sent in which order, and the output, come out otherwise here and are not looked at"
        remarks = retelling.remarks + (isWhole ? [] : [left])
    }

    private var record: SagaRecord { retelling.record }

    /// - Parameter workflow: the file of the definition, as seen from this one.
    func file(_ workflow: String) -> String {
        var lines = [
            "# Made of saga \(record.id) of \(record.workflow.name) version \(record.workflow.version), which began at \(retelling.first.at)."
        ]
        if !remarks.isEmpty { lines.append("# What of it a scenario cannot tell:") }
        lines += remarks.map { "# - \($0.oneLine)" }
        lines += ["workflow: \(JSON.string(workflow).flow)", "", "scenarios:"]
        lines.append("  - name: \(JSON.string("Saga \(record.id) is \(ending.rawValue)").flow)")
        // Pauses between attempts are drawn from it.
        lines.append("    id: \(record.id)")
        if let input = try? JSON(parsing: retelling.first.data), input != [:] {
            lines.append("    input: \(input.flow)")
        }
        lines += replies + happenings
        if retelling.isQueued {
            // One that never had its locks waits for longer than it is looked at.
            let granted = retelling.lockedAt.map { span(to: $0) } ?? span(to: retelling.last) + .seconds(86_400)
            lines.append("    queued: \(granted.sagaText)")
        }
        if ending == .held || ending == .waiting { lines.append("    until: \(until.sagaText)") }
        return (lines + expectation).joined(separator: "\n") + "\n"
    }

    /// Whole milliseconds since the start, and no earlier.
    private func span(to time: Timestamp) -> Duration {
        .milliseconds(max(0, ((time - retelling.first.at).wholeMicroseconds + 999) / 1_000))
    }

    /// Up to where it is told; just before what cannot be.
    private var until: Duration {
        let last = span(to: retelling.last)
        return retelling.end == nil ? last : max(.zero, last - .milliseconds(1))
    }

    private var ending: Scenario.Ending {
        switch retelling.saga.status {
        case .completed: .completed
        case .compensated: .compensated
        case .queued, .running, .compensating, .abandoned: retelling.saga.hasOpenIncident ? .held : .waiting
        }
    }

    // MARK: What the world did

    private var replies: [String] {
        let rows = retelling.asked.compactMap { key, commands -> String? in
            var answers = commands.map { $0.answer(isExact: isExact) }
            // The last is for all that follow.
            while answers.count > 1, answers[answers.count - 1] == answers[answers.count - 2] { answers.removeLast() }
            guard !answers.isEmpty, answers != [.done] else { return nil }
            let texts = answers.map(\.flow)
            return "      \(key): \(texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]")"
        }
        return rows.isEmpty ? [] : ["    replies:"] + rows
    }

    private var happenings: [String] {
        let rows = retelling.happenings.map { happened in
            let when: String
            if isAnchored, let upon = happened.upon {
                let after = Asked.rounded(happened.at - upon.at)
                when = "upon: \(upon.command)" + (after > .zero ? ", after: \(after.sagaText)" : "")
            } else {
                when = "at: \(span(to: happened.at).sagaText)"
            }
            return "      - { \(when), \(happened.what.flow) }"
        }
        return rows.isEmpty ? [] : ["    happens:"] + rows
    }

    // MARK: What it came to

    private var expectation: [String] {
        var lines = ["    expect:", "      ending: \(ending.rawValue)"]
        if let failure = retelling.saga.failure {
            var members = [
                "code: \(JSON.string(failure.error?.code ?? failure.kind.rawValue).flow)",
                "kind: \(failure.kind.rawValue)",
            ]
            if let step = failure.step { members.append("step: \(retelling.plan.steps[step].name)") }
            lines.append("      failure: { \(members.joined(separator: ", ")) }")
        }
        if isWhole, let commands = retelling.commands {
            lines.append("      commands: [\(commands.joined(separator: ", "))]")
        }
        if isWhole, let output = retelling.output { lines.append("      output: \(output.flow)") }
        if !retelling.incidents.isEmpty {
            lines.append("      incidents: [\(retelling.incidents.joined(separator: ", "))]")
        }
        if retelling.isOverdue { lines.append("      overdue: true") }
        return lines
    }
}

extension Answer {
    /// As a file has it.
    fileprivate var flow: String {
        var members: [String] = []
        switch kind {
        case .done(let output): members.append(output == [:] ? "done: " : "done: \(output.flow)")
        case .rejected(let code): members.append("rejected: \(JSON.string(code).flow)")
        case .retry(let pause): members.append("retry: \(pause?.sagaText ?? "")")
        case .unknown(let pause): members.append("unknown: \(pause?.sagaText ?? "")")
        case .working: return "working"
        case .silence: return "silence"
        case .returned: return "returned"
        }
        let isPlain = after == .zero && working == nil
        switch kind {
        case .done([:]) where isPlain: return "done"
        case .retry(nil) where isPlain: return "retry"
        case .unknown(nil) where isPlain: return "unknown"
        default: break
        }
        if after > .zero { members.append("after: \(after.sagaText)") }
        if let working { members.append("working: \(working.sagaText)") }
        return "{ \(members.joined(separator: ", ")) }"
    }
}

extension Happening.What {
    fileprivate var flow: String {
        switch self {
        case .event(let name, let data): "event: \(JSON.string(name).flow), data: \(data.flow)"
        case .approve(let place, let data): "approve: \(place.text), data: \(data.flow)"
        case .refuse(let place, let reason): "refuse: \(place.text), because: \(JSON.string(reason.orUnsaid).flow)"
        case .retry(let place): "retry: \(place.text)"
        case .compensate(let reason): "compensate: \(JSON.string(reason.orUnsaid).flow)"
        case .crash: "crash: true"
        }
    }
}

extension String {
    fileprivate var orUnsaid: String { isEmpty ? "no reason was given" : self }

    /// Without what would end a comment.
    fileprivate var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : " " }))
    }
}

extension Unicode.Scalar {
    /// What YAML takes as it is, and what no editor takes for the end of a line.
    fileprivate var isPrintable: Bool {
        switch value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x1_0000...: true
        default: false
        }
    }
}

extension JSON {
    /// On one line, as YAML and JSON both read it.
    fileprivate var flow: String {
        switch self {
        case .object(let members):
            let texts = members.map { "\(JSON.string($0.name).flow): \($0.value.flow)" }
            return texts.isEmpty ? "{}" : "{ \(texts.joined(separator: ", ")) }"
        case .array(let elements): return "[\(elements.map(\.flow).joined(separator: ", "))]"
        case .string(let text):
            var quoted = "\""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\"": quoted += "\\\""
                case "\\": quoted += "\\\\"
                case _ where scalar.isPrintable: quoted.unicodeScalars.append(scalar)
                default:
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
            return quoted + "\""
        case .null, .bool, .number: return text
        }
    }
}
