public import SagaAPI
internal import SagaValues

/// How values look to people.
enum Format {
    /// The time of day, for lines that follow closely on each other.
    static func time(_ time: Timestamp?) -> String { time.map { TimeStyle.current.timeOfDay($0) } ?? "-" }

    /// A time in a column.
    static func date(_ time: Timestamp?) -> String { time.map { TimeStyle.current.text($0) } ?? "-" }

    /// A time in a sentence.
    static func moment(_ time: Timestamp?) -> String { time.map { TimeStyle.current.sentence($0) } ?? "-" }

    static func duration(from start: Timestamp?, to end: Timestamp?) -> String {
        guard let start, let end else { return "-" }
        let microseconds = (end - start).wholeMicroseconds
        switch microseconds {
        case ..<1_000: return "\(max(0, microseconds)) µs"
        case ..<1_000_000: return tenths(microseconds / 100, "ms")
        case ..<120_000_000: return tenths(microseconds / 100_000, "s")
        default: break
        }
        let minutes = microseconds / 60_000_000
        return minutes < 120
            ? "\(minutes)m \(microseconds / 1_000_000 % 60)s" : "\(minutes / 60)h \(minutes % 60)m"
    }

    /// How long a saga took, or for how long it has been open by now: `3.2 s …`.
    static func duration(of saga: SagaListItem, now: Timestamp = .now()) -> String {
        duration(from: saga.startedAt, to: saga.endedAt ?? now) + (saga.endedAt == nil ? " …" : "")
    }

    private static func tenths(_ value: Int64, _ unit: String) -> String {
        "\(value / 10).\(value % 10) \(unit)"
    }

    static func json(_ value: some Encodable) throws -> String {
        try JSONValueEncoder.encode(value).text
    }

    /// A value on one line, cut to a width.
    static func short(_ json: JSON?, _ width: Int = 100) -> String {
        guard let json else { return "" }
        let text = Terminal.clean(json.text)
        return text.count <= width ? text : text.prefix(width - 1) + "…"
    }
}

extension SagaDetail {
    /// The saga as `show` prints it.
    func print() {
        Terminal.print("\(Terminal.styled("saga", .bold))      \(saga.id)")
        Terminal.print("workflow  \(saga.workflow) version \(saga.version)")
        Terminal.print(
            "status    \(Terminal.status(saga.status))\(saga.hasOpenIncident ? Terminal.styled(" (open incident)", .red) : "")"
        )
        if let failure { Terminal.print("because   \(failure.sentence)") }
        Terminal.print(
            "started   \(Format.moment(saga.startedAt)), \(saga.endedAt == nil ? "open for" : "took") \(Format.duration(of: saga))"
        )
        if saga.endedAt == nil || isOverdue == true, let deadline {
            let late = isOverdue == true ? Terminal.styled(" passed behind the point of no return", .red) : ""
            Terminal.print("deadline  \(Format.moment(deadline))\(late)")
        }
        Terminal.print(
            "key       \(Terminal.clean(saga.idempotencyKey))\(saga.tenant == "default" ? "" : " of tenant \(Terminal.clean(saga.tenant))")"
        )
        if let parent = saga.parent {
            let item = parent.isBody ? ", item \(parent.item)" : ""
            Terminal.print("part of   \(parent.saga), step \(Terminal.clean(parent.step))\(item)")
        }
        if let former = saga.rerunOf { Terminal.print("rerun of  \(former)") }
        Terminal.print("input     \(Format.short(input))")
        if let output { Terminal.print("output    \(Format.short(output))") }
        for wait in waitsFor {
            let until = wait.until.map { ", until \(Format.moment($0))" } ?? ""
            Terminal.print(
                "waits for \(Terminal.styled(Terminal.clean(wait.what), .cyan))\(until)\(wait.step.map { " (\($0))" } ?? "")"
            )
        }
        Terminal.print()
        var table = Table("STEP", "ACTION", "STATE", "TRIES", "UNDOS", "STARTED", "TOOK", "RESULT")
        for step in steps { step.add(to: &table) }
        table.print()
    }
}

extension StepView {
    fileprivate func add(to table: inout Table) {
        let result: String
        if let errorCode, phase != "done" {
            result = "\(errorCode): \(errorMessage ?? "")"
        } else {
            result = Format.short(output, 60)
        }
        table.add(
            .init(name + (isPivot ? " *" : "")), .init(action), .init(phase, style: Terminal.status),
            .init(attempts == 0 ? "-" : "\(attempts)"), .init(undoAttempts == 0 ? "-" : "\(undoAttempts)"),
            .init(Format.time(startedAt)), .init(Format.duration(from: startedAt, to: endedAt)), .init(result))
    }
}

extension FailureView {
    var sentence: String {
        let what =
            switch kind {
            case "rejected": "was refused"
            case "exhausted": "did not succeed in all its attempts"
            case "unknown": "was not answered, so it may have happened"
            case "deadline": "the deadline passed before the point of no return"
            case "cancelled": "a person asked for it"
            default: kind
            }
        let subject = step.map { "\($0) " } ?? ""
        let error = code.map { " (\($0)\(message.map { ": \($0)" } ?? ""))" } ?? ""
        return Terminal.clean(subject + what + error)
    }
}

extension HistoryItem {
    /// One line of a history.
    public var line: String {
        var what = due ?? kind
        let part = item.map { " (item \($0))" } ?? ""
        if let step {
            what = "\(step)\(part): \(direction == "undo" ? "undo " : direction == "probe" ? "probe " : "")\(kind)"
        }
        // A probe's attempt counts on from those to do the step, which tells people nothing.
        if let attempt, attempt > 1, direction != "probe" { what += " (attempt \(attempt))" }
        let detail =
            switch kind {
            case "rejected", "retry", "unknown": " \(data?["code"]?.stringValue ?? "")"
            // Who asks always says why.
            case _ where data?["by"] != nil: " \"\(data?["message"]?.stringValue ?? "")\""
            default: ""
            }
        let followed = effects.isEmpty ? "" : " → " + effects.joined(separator: ", ")
        let number = String(revision)
        let padding = String(repeating: " ", count: max(0, 4 - number.count))
        return "\(padding)\(number)  \(Terminal.styled(Format.time(at), .dim))  \(Terminal.clean(what + detail))"
            + Terminal.styled(Terminal.clean(followed), .dim)
    }
}
