internal import SagaCore
internal import SagaValues

/// Steps that hold no others.
extension DefinitionReader {
    static let waits = Duration.milliseconds(1)...Duration.seconds(366 * 86_400)
    private static let alternativeLimit = 16

    mutating func readLeaf(_ entry: YAMLEntry, _ shape: StepShape, _ map: YAMLMap) -> DraftNode? {
        guard let kind = kind(shape, map) else { return nil }
        var step = step(entry, shape, map, kind: kind)
        if step.action?.undo == nil, map["undo"] != nil { step.unread.insert("undo") }
        return append(step, entry).map { .step($0) }
    }

    /// What all steps say in the same way; keys that the shape does not have were reported.
    mutating func step(_ entry: YAMLEntry, _ shape: StepShape, _ map: YAMLMap, kind: DraftStep.Kind) -> DraftStep {
        let keys = Set(shape.keys)
        func value(_ key: String) -> YAMLEntry? { keys.contains(key) ? map[key] : nil }
        var step = DraftStep(name: Located(entry.key, at: entry.keyPosition), scope: scope, kind: kind)
        step.condition = formula(value("when"), example: "input.wanted")
        step.readonly = boolean(value("readonly"))
        step.pivot = boolean(value("pivot"))
        step.optional = boolean(value("optional"))
        step.skippable = boolean(value("skippable"))
        step.timeout = duration(
            value("timeout"), in: shape == .action ? DefinitionReader.attemptTimeouts : DefinitionReader.waits)
        step.retry = readRetry(value("retry"), beside: step.timeout)
        step.undoRetry = readRetry(value("undoRetry"), isUndo: true)
        step.onUnknown = choice(value("onUnknown"), [("undo", .undo), ("probe", .probe), ("incident", .incident)])
        step.onUndoFailure = choice(value("onUndoFailure"), [("stop", .stop), ("continue", .continue)])
        _ = title(value("title"))
        if step.readonly == nil, value("readonly") != nil { step.unread.insert("readonly") }
        if step.pivot == nil, value("pivot") != nil { step.unread.insert("pivot") }
        return step
    }

    private mutating func kind(_ shape: StepShape, _ map: YAMLMap) -> DraftStep.Kind? {
        switch shape {
        case .action:
            let name = action(map["do"])
            let undo = action(map["undo"])
            return .action(DraftAction(name: name, undo: undo, input: map["with"].map { input($0) } ?? .literal([:])))
        case .emit:
            let event = event(map["emit"])
            return .emit(event: event, data: map["with"].map { input($0) } ?? .literal([:]))
        case .run:
            let workflow = word(map["run"], "the name of a workflow", example: "device-deletion")
            let position = map["with"]?.position ?? workflow?.position ?? .start
            return .run(
                DraftRun(
                    workflow: workflow, input: Located(map["with"].map { input($0) } ?? .literal([:]), at: position)))
        case .wait: return map["wait"].map { .pause(pause($0)) }
        case .listen: return map["listen"].map { .listen(alternatives($0)) }
        case .approval: return map["approval"].map { approval($0) }
        case .each, .choice, .parallel, .steps: return nil
        }
    }

    // MARK: Time

    private mutating func pause(_ entry: YAMLEntry) -> DraftPause? {
        switch entry.value.content {
        case .scalar(let scalar) where scalar.text.contains("${"):
            return formula(entry, example: "input.days + 'd'").map { .computed($0) }
        case .scalar:
            return duration(entry, in: DefinitionReader.waits).map { .fixed($0) }
        case .map(let map):
            checkKeys(of: map, in: "'wait'", known: ["until"])
            if map.entries.isEmpty, map.isComplete {
                report(
                    .missingKey, entry.position, "'wait' does not say how long",
                    help: "write 'wait: 3d', or 'wait: { until: \"${input.due}\" }'")
            }
            return formula(map["until"], example: "input.due").map { .computed($0) }
        case .broken: return nil
        case .list:
            report(
                .wrongShape, entry.position, "'wait' must be a duration, but here is a list", help: "write 'wait: 3d'")
            return nil
        }
    }

    // MARK: What happens elsewhere

    private mutating func alternatives(_ entry: YAMLEntry) -> [DraftAlternative] {
        let help = "write 'listen: { event: payment.refunded, where: \"${event.paymentId == charge.paymentId}\" }'"
        let items: [YAMLNode]
        switch entry.value.content {
        case .broken: return []
        case .map: items = [entry.value]
        case .list(let list): items = list
        case .scalar:
            report(
                .wrongShape, entry.position, "'listen' must be an event, but here is \(entry.value.kind)", help: help)
            return []
        }
        guard 1...DefinitionReader.alternativeLimit ~= items.count else {
            report(
                items.isEmpty ? .wrongShape : .limitPassed, entry.position,
                items.isEmpty ? "'listen' waits for nothing" : "more than \(DefinitionReader.alternativeLimit) events",
                help: items.isEmpty ? help : "let the sender publish one event for what means the same here")
            return []
        }
        var found: [DraftAlternative] = []
        for item in items {
            guard let map = item.map else {
                // Nobody knows what it would have been, so it stands for anything.
                found.append(DraftAlternative(position: item.position))
                if case .broken = item.content { continue }
                let position = item.isEmpty ? entry.keyPosition : item.position
                report(.wrongShape, position, "an event must be a map, but here is \(item.kind)", help: help)
                continue
            }
            found.append(alternative(map, at: item.position, help))
        }
        return found
    }

    private mutating func alternative(_ map: YAMLMap, at position: Position, _ help: String) -> DraftAlternative {
        checkKeys(of: map, in: "'listen'", known: ["event", "where", "reject"])
        for key in ["event", "where"] where map[key] == nil && map.isComplete {
            report(.missingKey, position, "what is listened for has no '\(key)'", help: help)
        }
        var alternative = DraftAlternative(position: position)
        alternative.event = event(map["event"])
        alternative.rejection = word(map["reject"], "a code", example: "refund-failed")
        if let formula = formula(map["where"], example: "event.paymentId == charge.paymentId") {
            alternative.search = EventSearch(formula, findings.source)
            if alternative.search == nil {
                report(
                    .eventNotFindable, formula.position, "the event cannot be found by this condition",
                    help: "let it say which member of the event has which value, such as "
                        + "event.paymentId == charge.paymentId; with '&&' more can be asked of it")
            }
        }
        return alternative
    }

    private mutating func approval(_ entry: YAMLEntry) -> DraftStep.Kind {
        let help = "write 'approval: { role: finance, title: \"Pay back ${balance.amount}?\" }'"
        guard let map = map(entry, "'approval'", help: help) else { return .approval(role: nil, title: nil) }
        checkKeys(of: map, in: "'approval'", known: ["role", "title"])
        for key in ["role", "title"] where map[key] == nil && map.isComplete {
            report(.missingKey, entry.position, "the approval has no '\(key)'", help: help)
        }
        let role = word(map["role"], "a role", example: "finance")?.value
        guard let title = map["title"] else { return .approval(role: role, title: nil) }
        guard case .scalar(let scalar) = title.value.content, PlainScalar.isText(scalar), !scalar.text.isEmpty else {
            if case .broken = title.value.content { return .approval(role: role, title: nil) }
            report(.wrongValue, title.position, "'title' must be text, but here is \(title.value.kind)", help: help)
            return .approval(role: role, title: nil)
        }
        return .approval(role: role, title: template(of: scalar, at: title.position))
    }

    // MARK: Words

    /// What is formed like a name.
    private mutating func word(_ entry: YAMLEntry?, _ what: String, example: String) -> Located<String>? {
        guard let entry else { return nil }
        guard case .scalar(let scalar) = entry.value.content, !scalar.isEmpty else {
            if case .broken = entry.value.content { return nil }
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be \(what), but here is \(entry.value.kind)",
                help: "write '\(entry.key): \(example)'")
            return nil
        }
        guard Naming.isName(scalar.text) else {
            report(
                .badName, entry.position, "\(quoted(scalar.text)) cannot be \(what)",
                help: Naming.help(for: scalar.text))
            return nil
        }
        return Located(scalar.text, at: entry.position)
    }

    /// The routing key of an event.
    mutating func event(_ entry: YAMLEntry?) -> String? {
        let help = "write words with dots between them, such as payment.refunded; '*' and '#' are not taken"
        guard let entry else { return nil }
        guard case .scalar(let scalar) = entry.value.content, Naming.isEvent(scalar.text) else {
            if case .broken = entry.value.content { return nil }
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be an event, but here is \(entry.value.kind)",
                help: help)
            return nil
        }
        return scalar.text
    }
}
