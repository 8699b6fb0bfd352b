internal import SagaCore
internal import SagaValues
internal import Workflows

/// Reads scenarios, and reports what cannot be meant. As the workflow's own reader it stops at no mistake.
struct ScenarioReader {
    /// Reads shapes and values, and gathers the findings.
    var values: DefinitionReader
    let workflow: Workflow
    /// Where each step stands, with its plan's names.
    let steps: [(place: String, step: Step)]
    private var names: Set<String> = []
    /// What participants and children can be asked, in the words of a file.
    let participantQuestions: [String]
    let childQuestions: [String]
    /// The same, to look a word up: a file may have as many answers as there is room for.
    let isParticipantQuestion: Set<String>
    let isChildQuestion: Set<String>
    /// The events that some step waits for.
    let awaitedEvents: [String]
    let isAwaitedEvent: Set<String>

    var plan: Plan { workflow.plan }

    init(_ values: DefinitionReader, _ workflow: Workflow) {
        self.values = values
        self.workflow = workflow
        steps = workflow.plan.allSteps
        participantQuestions = steps.flatMap { $0.step.participantQuestions }
        childQuestions = steps.flatMap { $0.step.childQuestions }
        isParticipantQuestion = Set(participantQuestions)
        isChildQuestion = Set(childQuestions)
        awaitedEvents = steps.flatMap { $0.step.awaitedEvents }
        isAwaitedEvent = Set(awaitedEvents)
    }

    /// The outermost map, and the workflow that it names; nil if one of them is not there, which has been reported.
    static func workflow(
        _ root: YAMLNode, _ values: inout DefinitionReader, _ load: (String) throws(WorkflowErrors) -> Workflow?
    ) throws(WorkflowErrors) -> (YAMLMap, Workflow)? {
        guard let map = root.map else {
            values.report(
                .wrongShape, root.position, "a test file is a map, but here is \(root.kind)",
                help: "begin with 'workflow: plan-purchase.yaml'")
            return nil
        }
        values.checkKeys(of: map, in: "a test file", known: ["workflow", "defaults", "scenarios"])
        guard let entry = map["workflow"] else {
            values.report(
                .missingKey, root.position, "'workflow' is missing",
                help: "name the file that the scenarios are about: 'workflow: plan-purchase.yaml'")
            return nil
        }
        guard let name = values.title(entry) else { return nil }
        guard let workflow = try load(name) else {
            values.report(
                .unknownName, entry.position, "there is no file \(quoted(name)) beside this one",
                help: "name the workflow's file as seen from here, such as plan-purchase.yaml")
            return nil
        }
        return (map, workflow)
    }

    /// Deals with what all scenarios share, then with each of them.
    mutating func scenarios(of map: YAMLMap) -> [Scenario] {
        var shared = (input: JSON?.none, script: Script())
        if let entry = map["defaults"],
            let defaults = values.map(entry, "'defaults'", help: "it has the keys input and replies")
        {
            values.checkKeys(of: defaults, in: "'defaults'", known: ["input", "replies"])
            shared.input = defaults["input"].flatMap { input($0) }
            shared.script = script(defaults["replies"])
        }
        guard let entry = map["scenarios"] else {
            values.report(.missingKey, .start, "'scenarios' is missing", help: "write 'scenarios:' and a list below it")
            return []
        }
        guard let list = values.list(entry, "'scenarios'", help: "begin each with '- name: …'") else { return [] }
        guard !list.isEmpty else {
            values.report(.missingKey, entry.position, "there is no scenario", help: "begin each with '- name: …'")
            return []
        }
        guard list.count <= ScenarioFile.scenarioLimit else {
            values.report(
                .limitPassed, entry.position, "\(list.count) scenarios, more than \(ScenarioFile.scenarioLimit)",
                help: "cut the file in two; several files may be about one workflow")
            return []
        }
        return list.compactMap { scenario($0, shared.input, shared.script) }
    }

    private mutating func scenario(_ node: YAMLNode, _ shared: JSON?, _ defaults: Script) -> Scenario? {
        guard let map = node.map else {
            if case .broken = node.content { return nil }
            values.report(
                .wrongShape, node.position, "a scenario must be a map, but here is \(node.kind)",
                help: "begin with 'name: …'")
            return nil
        }
        values.checkKeys(
            of: map, in: "a scenario",
            known: ["name", "id", "input", "replies", "happens", "queued", "until", "expect"])
        let name = name(map, node.position)
        let id = map["id"].flatMap { sagaID($0) }
        let own = map["input"].flatMap { input($0) }
        let script = script(map["replies"])
        let happenings = happenings(map["happens"])
        let queued = values.duration(map["queued"], in: .zero...Scenario.longest)?.value
        let until = values.duration(map["until"], in: .zero...Scenario.longest)?.value
        guard let entry = map["expect"] else {
            values.report(
                .missingKey, node.position, "'expect' is missing", help: "say how it ends: 'expect: completed'")
            return nil
        }
        guard let expected = expectation(entry) else { return nil }
        let merged = merged(shared, own)
        let flaws = workflow.validate(input: merged).map(\.description)
        check(flaws, expected.ending, at: map["input"]?.position ?? node.position)
        return Scenario(
            name: name ?? "", line: node.position.line, id: id, input: merged, plan: plan, inputFlaws: flaws,
            script: script,
            defaults: defaults, happenings: happenings, queued: queued, until: until, expected: expected)
    }

    private mutating func name(_ map: YAMLMap, _ position: Position) -> String? {
        guard let entry = map["name"] else {
            values.report(
                .missingKey, position, "'name' is missing",
                help: "say in a few words what happens: 'name: The card is declined'")
            return nil
        }
        guard let name = values.title(entry) else { return nil }
        if !names.insert(name).inserted {
            values.report(
                .nameUsedTwice, entry.position, "two scenarios are called \(quoted(name))",
                help: "say what is different in this one")
        }
        return name
    }

    private mutating func sagaID(_ entry: YAMLEntry) -> UUID? {
        let help = "leave it out, or give the id of a saga whose pauses are to be drawn again"
        guard let text = word(entry, "a saga's id", help: help) else { return nil }
        if let id = UUID(text) { return id }
        values.report(.wrongValue, entry.position, "\(quoted(text)) is no saga's id", help: help)
        return nil
    }

    private mutating func input(_ entry: YAMLEntry) -> JSON? {
        values.map(entry, "'input'", help: "write 'input: { userId: … }'") == nil
            ? nil : values.literal(entry.value, at: entry.position)
    }

    /// The members of the scenario go before those of the defaults.
    private func merged(_ shared: JSON?, _ own: JSON?) -> JSON {
        var members = shared?.objectValue ?? [:]
        for member in own?.objectValue ?? [:] { members[member.name] = member.value }
        return .object(members)
    }

    private mutating func check(_ flaws: [String], _ ending: Scenario.Ending, at position: Position) {
        switch (ending, flaws.first) {
        case (.refused, nil):
            values.report(
                .contradiction, position, "the input fits the schema of '\(plan.workflow)', so nobody refuses it",
                help: "break a rule of the schema, or expect another ending")
        case (.completed, let flaw?), (.compensated, let flaw?), (.held, let flaw?), (.waiting, let flaw?):
            values.report(
                .inputDoesNotFit, position, "'\(plan.workflow)' would refuse this input: \(flaw)",
                help: "make it what 'input' of the workflow asks for, or write 'expect: refused'")
        case (.refused, .some), (_, nil): break
        }
    }

    // MARK: Names

    /// A word of the file that stands alone: nil for all else, which is reported.
    mutating func word(_ entry: YAMLEntry, _ what: String, help: String) -> String? {
        switch entry.value.content {
        case .scalar(let scalar) where !scalar.text.isEmpty: return scalar.text
        case .broken: return nil
        case .scalar, .list, .map:
            values.report(
                .wrongShape, entry.position, "'\(entry.key)' must be \(what), but here is \(entry.value.kind)",
                help: help)
            return nil
        }
    }

    /// The step at exactly one place.
    mutating func place(_ text: String, at position: Position, where suits: (Step) -> Bool, _ what: String) -> Place? {
        guard let place = Place(text), let step = place.step(in: plan) else {
            let known = values.findings.hasRoom ? steps.filter { suits($0.step) }.map(\.place) : []
            reportUnknown(text, known, "step", at: position)
            return nil
        }
        guard suits(step) else {
            values.report(
                .wrongValue, position, "'\(place.text)' is \(step.action), not \(what)",
                help: "here can stand \(listed(steps.filter { suits($0.step) }.map(\.place).sorted()))")
            return nil
        }
        return place
    }

    mutating func reportUnknown(_ text: String, _ known: [String], _ what: String, at position: Position) {
        // What is not shown needs no way out.
        let known = values.findings.hasRoom ? Set(known).sorted() : []
        // Of somebody who leaves out the item.
        let meant =
            values.findings.meant(by: text, among: known) ?? known.first { $0.hasSuffix(".\(text)") }
        let all = listed(Array(known.prefix(20))) + (known.count > 20 ? " and \(known.count - 20) more" : "")
        values.report(
            .unknownName, position, "\(quoted(text)) is no \(what) of '\(plan.workflow)'",
            help: meant.map { "did you mean '\($0)'?" } ?? "here can stand \(all)")
    }
}

extension Scenario {
    /// Of any time in a scenario.
    static let longest = Duration.seconds(800 * 86_400)
}
