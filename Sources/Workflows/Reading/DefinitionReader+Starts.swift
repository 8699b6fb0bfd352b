internal import SagaCore
internal import SagaValues

/// What starts a saga besides a request: `on` and `schedule`.
extension DefinitionReader {
    private static let startLimit = 16

    mutating func readStarts(_ entry: YAMLEntry) {
        let help = "write 'on: [{ event: user.created, key: \"${event.userId}\" }]'"
        let items = list(
            entry, "'on'", help: help, atMost: DefinitionReader.startLimit, "events",
            advice: "let the senders publish one event for what starts the same")
        for item in items {
            let position = item.isEmpty ? entry.keyPosition : item.position
            guard let map = item.map else {
                if case .broken = item.content { continue }
                report(.wrongShape, position, "a start must be a map, but here is \(item.kind)", help: help)
                continue
            }
            checkKeys(of: map, in: "'on'", known: ["event", "key", "input", "where"])
            for key in ["event", "key"] where map[key] == nil && map.isComplete {
                report(.missingKey, position, "the start has no '\(key)'", help: help)
            }
            var start = DraftStart(position: position)
            start.event = event(map["event"])
            start.key = map["key"].flatMap { startKey($0, help) }
            start.input = map["input"].map { Located(input($0), at: $0.position) }
            start.condition = formula(map["where"], example: "event.kind == 'first'")
            draft.starts.append(start)
        }
    }

    private mutating func startKey(_ entry: YAMLEntry, _ help: String) -> DraftTemplate? {
        guard case .scalar(let scalar) = entry.value.content, PlainScalar.isText(scalar), scalar.text.contains("${")
        else {
            if case .broken = entry.value.content { return nil }
            report(
                .wrongValue, entry.position, "'key' must be text from the event, but here is \(entry.value.kind)",
                help: help + ": one saga is started for each key, however often the event comes")
            return nil
        }
        return template(of: scalar, at: entry.position)
    }

    // MARK: The clock

    mutating func readSchedule(_ entry: YAMLEntry) {
        let help = "write 'schedule: \"0 3 * * *\"' or 'schedule: { cron: \"0 3 * * *\", timeZone: Europe/Berlin }'"
        switch entry.value.content {
        case .broken: return
        case .scalar:
            guard let cron = cron(entry) else { return }
            draft.schedule = Located(Schedule(cron: cron), at: entry.position)
        case .list:
            report(.wrongShape, entry.position, "'schedule' must be a map or text, but here is a list", help: help)
        case .map(let map):
            checkKeys(of: map, in: "'schedule'", known: ["cron", "timeZone", "catchUp", "input"])
            if map["cron"] == nil, map.isComplete {
                report(.missingKey, entry.position, "the schedule has no 'cron'", help: help)
            }
            let count = findings.errorCount
            let timeZone = timeZone(map["timeZone"])
            let catchUp = choice(map["catchUp"], [("none", Schedule.CatchUp.none), ("last", .last), ("all", .all)])
            let input = map["input"].flatMap { scheduledInput($0) }
            guard let entry = map["cron"], let cron = cron(entry), findings.errorCount == count else { return }
            draft.schedule = Located(
                Schedule(
                    cron: cron, timeZone: timeZone ?? "UTC", catchUp: catchUp?.value ?? .last,
                    input: input ?? .object([:])),
                at: map["input"]?.position ?? entry.position)
        }
    }

    private mutating func cron(_ entry: YAMLEntry) -> Cron? {
        let help =
            "write minute, hour, day of the month, month and day of the week, such as \"0 3 * * *\" or \"*/15 8-17 * * mon-fri\""
        guard case .scalar(let scalar) = entry.value.content, !scalar.isEmpty else {
            if case .broken = entry.value.content { return nil }
            report(
                .badSchedule, entry.position, "'\(entry.key)' must be text, but here is \(entry.value.kind)", help: help
            )
            return nil
        }
        do throws(CronParser.Failure) {
            return try CronParser.parse(scalar.text)
        } catch {
            report(.badSchedule, entry.position, "\(quoted(scalar.text)): \(error.message)", help: help)
            return nil
        }
    }

    /// Whether there is such a zone is known where clocks are read; here only whether it is formed like one.
    private mutating func timeZone(_ entry: YAMLEntry?) -> String? {
        guard let entry else { return nil }
        let help = "write 'UTC', or an area and a city, such as Europe/Berlin"
        guard case .scalar(let scalar) = entry.value.content, CronParser.isTimeZone(scalar.text) else {
            if case .broken = entry.value.content { return nil }
            report(
                .badSchedule, entry.position, "'timeZone' must be a time zone, but here is \(entry.value.kind)",
                help: help)
            return nil
        }
        guard knowsTimeZone(scalar.text) else {
            report(.badSchedule, entry.position, "there is no time zone \(quoted(scalar.text))", help: help)
            return nil
        }
        return scalar.text
    }

    private mutating func scheduledInput(_ entry: YAMLEntry) -> JSON? {
        let count = findings.errorCount
        let template = input(entry)
        if let literal = template.literal { return literal }
        guard findings.errorCount == count else { return nil }
        report(
            .referenceNotAllowed, entry.position, "the input of a start by the clock cannot use expressions",
            help: "the clock knows nothing: write values, and let the first step find out the rest")
        return nil
    }
}
