internal import Expressions
internal import SagaCore
internal import SagaValues

extension DefinitionReader {
    private static let keys = [
        "workflow", "version", "title", "deadline", "retention", "locks", "onBusy", "on", "schedule", "sensitive",
        "input",
        "output", "defaults", "steps",
    ]
    static let attemptTimeouts = Duration.milliseconds(1)...Duration.seconds(30 * 86_400)
    private static let deadlines = Duration.milliseconds(1)...Duration.seconds(366 * 86_400)
    /// Those of the setting `archive.after`.
    private static let retentions = Duration.seconds(86_400)...Duration.seconds(3650 * 86_400)
    private static let lockLimit = 16
    private static let sensitiveLimit = 100

    mutating func readWorkflow(_ node: YAMLNode) {
        guard let map = node.map else {
            if case .broken = node.content, findings.hasErrors { return }
            report(
                .wrongShape, node.position, "the file holds no workflow",
                help: "begin with 'workflow: a-name', 'version: 1' and 'steps:'")
            return
        }
        checkKeys(of: map, in: "a workflow", known: DefinitionReader.keys)
        readName(map["workflow"])
        requireKeys(["workflow", "version", "steps"], of: map)
        draft.version = wholeNumber(map["version"], in: 1...1_000_000)?.value
        draft.title = title(map["title"])
        draft.deadline = duration(map["deadline"], in: DefinitionReader.deadlines)
        draft.retention = duration(map["retention"], in: DefinitionReader.retentions)?.value
        draft.onBusy = choice(map["onBusy"], [("reject", .reject), ("queue", .queue)])
        if let entry = map["input"] { draft.schema = readSchema(entry) }
        if let entry = map["defaults"] { readDefaults(entry) }
        if let entry = map["locks"] { readLocks(entry) }
        if let entry = map["on"] { readStarts(entry) }
        if let entry = map["schedule"] { readSchedule(entry) }
        if let entry = map["steps"] { draft.scopes[0].root = readSteps(entry, "'steps'", depth: 0) }
        if let entry = map["sensitive"] { readSensitive(entry) }
        if let entry = map["output"] { draft.output = template(entry) }
    }

    private mutating func requireKeys(_ keys: [String], of map: YAMLMap) {
        for key in keys where map[key] == nil {
            report(
                .missingKey, map.entries.first?.keyPosition ?? .start, "the workflow has no '\(key)'",
                help: key == "steps"
                    ? "list what it does under 'steps:'" : "add '\(key): \(key == "version" ? "1" : "a-name")'")
        }
    }

    private mutating func readName(_ entry: YAMLEntry?) {
        guard let entry else { return }
        guard case .scalar(let scalar) = entry.value.content, !scalar.isEmpty else {
            if case .broken = entry.value.content { return }
            report(
                .wrongShape, entry.position, "'workflow' must be a name, but here is \(entry.value.kind)",
                help: "write 'workflow: a-name'")
            return
        }
        guard Naming.isName(scalar.text) else {
            report(
                .badName, entry.position, "\(quoted(scalar.text)) cannot be the name of a workflow",
                help: Naming.help(for: scalar.text))
            return
        }
        draft.name = scalar.text
    }

    private mutating func readDefaults(_ entry: YAMLEntry) {
        guard let map = map(entry, "'defaults'", help: "write 'defaults: { timeout: 10s }'") else { return }
        checkKeys(of: map, in: "'defaults'", known: ["timeout", "retry", "undoRetry"])
        draft.defaults.timeout = duration(map["timeout"], in: DefinitionReader.attemptTimeouts)
        draft.defaults.retry = readRetry(map["retry"], beside: draft.defaults.timeout)
        draft.defaults.undoRetry = readRetry(map["undoRetry"], isUndo: true)
    }

    private mutating func readLocks(_ entry: YAMLEntry) {
        let help = "write 'locks: [\"user:${input.userId}\"]'"
        let items = list(
            entry, "'locks'", help: help, atMost: DefinitionReader.lockLimit, "locks",
            advice: "lock what the steps share: one key for a user, not one for each thing that is theirs")
        for item in items {
            switch item.content {
            case .scalar(let scalar) where !scalar.text.isEmpty && PlainScalar.isText(scalar):
                draft.locks.append(Located(template(of: scalar, at: item.position), at: item.position))
            case .broken:
                break
            case .scalar, .list, .map:
                report(
                    .wrongValue, item.isEmpty ? entry.keyPosition : item.position,
                    "a lock must be text, but here is \(item.kind)", help: help)
            }
        }
    }

    /// Places of the input and of outputs, written as references are but without `${}`.
    private mutating func readSensitive(_ entry: YAMLEntry) {
        let help = "write 'sensitive: [input.passwordHash]'"
        let items = list(
            entry, "'sensitive'", help: help, atMost: DefinitionReader.sensitiveLimit, "sensitive places",
            advice: "name what holds them: all that is in it is sensitive too")
        for item in items {
            let position = item.isEmpty ? entry.keyPosition : item.position
            guard case .scalar(let scalar) = item.content, PlainScalar.isText(scalar) else {
                if case .broken = item.content { continue }
                report(.wrongValue, position, "a sensitive place must be text, but here is \(item.kind)", help: help)
                continue
            }
            guard let expression = try? Expression(scalar.text),
                let reference = DraftReference(
                    DraftFormula(expression: expression, place: ExpressionPlace("", at: position, in: findings.source))),
                reference.path.allSatisfy({ if case .member = $0 { true } else { false } })
            else {
                report(
                    .badExpression, position, "\(quoted(scalar.text)) is no place of the input or of an output",
                    help: help + ", without '${}' and without elements of lists: a list is sensitive as a whole")
                continue
            }
            draft.sensitive.append(reference)
        }
    }
}
