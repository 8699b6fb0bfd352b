import Workflows

/// The shapes of steps beyond a command, and what may stand where.
extension BadFile {
    /// A step that can be referred to, and behind it another.
    private static func behind(_ text: String) -> String {
        "  - first: { do: a.first, readonly: true }\n" + text
    }

    static let shapes: [BadFile] = [
        BadFile(.conflictingKeys, steps: "  - one: { do: a.b, readonly: true, ‸run: two }\n", says: "make two of it"),
        BadFile(.conflictingKeys, steps: "  - one: { wait: 3d, ‸emit: a.b }\n", says: "'wait' and 'emit'"),
        BadFile(.unknownKey, steps: "  - one: { ‸lisen: { event: a } }\n", says: "did you mean 'listen'?"),
        BadFile(.unknownKey, steps: "  - one: { wait: 3d, ‸unless: x }\n", says: "beside 'wait' the keys are when"),
        BadFile(.keyElsewhere, steps: "  - one: { wait: 3d, ‸timeout: 3s }\n", says: "under 'wait' itself"),
        BadFile(.keyElsewhere, steps: "  - one: { wait: 3d, ‸retry: {} }\n", says: "a step with 'do'"),
        BadFile(.keyElsewhere, steps: "  - one: { emit: a.b, ‸optional: true }\n", says: "'do', 'listen' or 'run'"),
        BadFile(.keyElsewhere, steps: "  - one: { run: two, ‸timeout: 3s }\n", says: "'deadline' of its own"),
        BadFile(.keyElsewhere, steps: "  - one: { run: two, ‸undo: a.b }\n", says: "undo themselves"),
        BadFile(
            .keyElsewhere, steps: "  - one: { emit: a.b, ‸pivot: true }\n", says: "'do', 'listen', 'run' or 'each'"),
        BadFile(.keyElsewhere, steps: "  - one: { wait: 1s, ‸pivot: true }\n", says: "'do', 'listen', 'run' or 'each'"),
        BadFile(
            .keyElsewhere, steps: "  - one: { approval: { role: boss, title: OK }, timeout: 1s, ‸pivot: true }\n",
            says: "'do', 'listen', 'run' or 'each'"),
        BadFile(
            .keyElsewhere, steps: each("    ‸optional: true\n"), says: "'onFailure: undo-item'"),
        BadFile(.keyElsewhere, steps: each("    ‸timeout: 3s\n"), says: "a 'timeout' each"),
        BadFile(
            .keyElsewhere,
            steps: "  - one:\n      ‸when: \"${input.a}\"\n      switch: [{ else: [{ two: { wait: 1s } }] }]\n",
            says: "into the cases"),
        BadFile(
            .keyElsewhere, steps: "  - one: { parallel: [{ two: { wait: 1s } }], ‸readonly: true }\n", says: "'do'"),
        BadFile(.keyElsewhere, step: "      ‸as: item\n", says: "'each'"),
        // switch
        BadFile(.noSteps, steps: "  - one: { switch: ‸[] }\n", says: "no case"),
        BadFile(.wrongShape, steps: "  - one: { switch: ‸a }\n", says: "must be a list"),
        BadFile(.wrongShape, steps: "  - one: { switch: [‸a] }\n", says: "a case must be a map"),
        BadFile(.missingKey, steps: "  - one: { switch: [‸{ steps: [{ two: { wait: 1s } }] }] }\n", says: "no 'when'"),
        BadFile(.missingKey, steps: "  - one: { switch: [‸{ when: \"${input.a}\" }] }\n", says: "no 'steps'"),
        BadFile(
            .unknownKey,
            steps: "  - one: { switch: [{ when: \"${input.a}\", ‸do: a.b, steps: [{ two: { wait: 1s } }] }] }\n",
            says: "a case"),
        BadFile(
            .neverReached,
            steps: "  - one:\n      switch:\n        - else: [{ two: { wait: 1s } }]\n"
                + "        - ‸when: \"${input.a}\"\n          steps: [{ three: { wait: 1s } }]\n", says: "behind 'else'"
        ),
        BadFile(
            .neverReached,
            steps: "  - one:\n      switch:\n        - { when: \"${input.a == 1}\", steps: [{ two: { wait: 1s } }] }\n"
                + "        - { when: \"‸${(input.a)==1}\", steps: [{ three: { wait: 1s } }] }\n",
            says: "the same condition"),
        BadFile(.neverReached, step: "      when: \"‸${1 > 2}\"\n", says: "always false"),
        BadFile(
            .neverReached, steps: "  - one: { switch: [{ when: \"‸${true}\", steps: [{ two: { wait: 1s } }] }] }\n",
            says: "'else'"),
        // each
        BadFile(
            .missingKey, steps: "  - ‸one: { each: \"${input.a}\", steps: [{ two: { wait: 1s } }] }\n", says: "'as: "),
        BadFile(.missingKey, steps: "  - ‸one: { each: \"${input.a}\", as: it }\n", says: "no 'steps'"),
        BadFile(.wrongValue, steps: each("", items: "‸text"), says: "only text"),
        BadFile(.wrongValue, steps: each("", items: "‸[1, 2]"), says: "must be an expression"),
        BadFile(.wrongValue, steps: each("", items: "‸\"${input.a} \""), says: "no text around it"),
        BadFile(.outOfRange, steps: each("    atOnce: ‸1001\n"), says: "1 to 1000"),
        BadFile(.wrongValue, steps: each("    onFailure: ‸undo\n"), says: "'undo-item' or 'undo-all'"),
        BadFile(.badName, steps: each("", variable: "‸user-id", uses: "user-id"), says: "letters, digits and _"),
        BadFile(
            .badName, steps: each("", variable: "‸event", body: "        - inner: { run: x }\n"), says: "such as 'item'"
        ),
        BadFile(.nameUsedTwice, steps: behind(each("", variable: "‸first", uses: "first")), says: "'first'"),
        BadFile(
            .nameUsedTwice,
            steps: "  - one:\n      each: \"${input.a}\"\n      as: it\n      steps:\n"
                + "        - two: { each: \"${it}\", as: ‸it, steps: [{ three: { run: x, with: { a: \"${it}\" } } }] }\n",
            says: "'it'"),
        BadFile(
            .nameUsedTwice, steps: behind(each("", body: "        - ‸first: { run: x, with: { a: \"${it}\" } }\n"))),
        // wait, listen, approval, emit, run
        BadFile(.wrongValue, steps: "  - one: { wait: ‸soon }\n", says: "3d"),
        BadFile(.outOfRange, steps: "  - one: { wait: ‸367d }\n", says: "366d"),
        BadFile(.wrongShape, steps: "  - one: { wait: ‸[3d] }\n", says: "a list"),
        BadFile(.missingKey, steps: "  - one: { wait: ‸{} }\n", says: "how long"),
        BadFile(.unknownKey, steps: "  - one: { wait: { ‸til: \"${input.a}\" } }\n", says: "until"),
        BadFile(.wrongShape, steps: "  - one: { listen: ‸payment.refunded, timeout: 1s }\n", says: "must be an event"),
        BadFile(.wrongShape, steps: "  - one: { listen: ‸[], timeout: 1s }\n", says: "waits for nothing"),
        BadFile(.wrongShape, steps: "  - one: { listen: [‸a.b], timeout: 1s }\n", says: "must be a map"),
        BadFile(
            .limitPassed,
            steps: "  - one:\n      timeout: 1s\n      listen:\n        ‸- \(alternative)"
                + String(repeating: "        - \(alternative)", count: 16), says: "16 events"),
        BadFile(.missingKey, steps: "  - one: { listen: ‸{ event: a.b }, timeout: 1s }\n", says: "no 'where'"),
        BadFile(
            .missingKey, steps: "  - one: { listen: ‸{ where: \"${event.a == 1}\" }, timeout: 1s }\n",
            says: "no 'event'"),
        BadFile(.wrongValue, steps: "  - one: { emit: ‸device.* }\n", says: "'*'"),
        BadFile(.wrongValue, steps: "  - one: { emit: ‸Device.Created }\n", says: "an event"),
        BadFile(.badName, steps: "  - one: { run: ‸DeviceDeletion }\n", says: "device-deletion"),
        BadFile(.wrongValue, steps: "  - one: { run: ‸[a] }\n", says: "the name of a workflow"),
        BadFile(.wrongShape, steps: "  - one: { run: two, with: ‸7 }\n", says: "'with' must be a map"),
        BadFile(.wrongShape, steps: "  - one: { approval: ‸finance, timeout: 1s }\n", says: "role"),
        BadFile(.missingKey, steps: "  - one: { approval: ‸{ role: a }, timeout: 1s }\n", says: "no 'title'"),
        BadFile(
            .badName, steps: "  - one: { approval: { role: ‸Finance, title: Yes? }, timeout: 1s }\n", says: "finance"),
        BadFile(.wrongValue, steps: "  - one: { approval: { role: a, title: ‸7 }, timeout: 1s }\n", says: "text"),
        BadFile(.wrongValue, step: "      when: ‸true\n", says: "an expression"),
        BadFile(
            .limitPassed,
            steps: "  - p0: { parallel: ["
                + (1...19).map { "{ p\($0): { parallel: [" }.joined() + "{ one: { ‸each: \"${input.a}\", as: it } }"
                + String(repeating: "] } }", count: 19) + "] }\n", says: "more than 20"),
        // The event that is found by nothing.
        BadFile(.eventNotFindable, steps: listen("‸${event.amount > 3}"), says: "event.paymentId =="),
        BadFile(.eventNotFindable, steps: listen("‸${event.a == 1 || event.b == 2}")),
        BadFile(.eventNotFindable, steps: listen("‸${event.a == 1 && event.b == 2 || event.c}")),
        BadFile(.eventNotFindable, steps: listen("‸${event.a == 1 && event.b ? event.c : event.d}")),
        BadFile(.eventNotFindable, steps: listen("‸${!(event.a == 1 && event.b)}")),
        BadFile(.eventNotFindable, steps: listen("‸${event.a == event.b}")),
        BadFile(.eventNotFindable, steps: listen("‸${event == 1}")),
        BadFile(.eventNotFindable, steps: listen("‸${(event.a == 1) == true}")),
        BadFile(.eventNotFindable, steps: listen("‸${event.a == 1 in [true]}")),
    ]

    static let top: [BadFile] = [
        BadFile(.wrongShape, top: "on: ‸user.created", says: "must be a list"),
        BadFile(.wrongShape, top: "on: [‸user.created]", says: "must be a map"),
        BadFile(.missingKey, top: "on: [‸{ event: user.created }]", says: "no 'key'"),
        BadFile(.missingKey, top: "on: [‸{ key: \"${event.id}\" }]", says: "no 'event'"),
        BadFile(.wrongValue, top: "on: [{ event: user.created, key: ‸always }]", says: "however often the event comes"),
        BadFile(
            .referenceNotAllowed, top: "on: [{ event: user.created, key: \"‸${input.id}\" }]", says: "no saga yet"),
        BadFile(
            .referenceNotAllowed, top: "on: [{ event: a.b, key: \"${event.id}\", where: \"${event.n > ‸one.n}\" }]",
            says: "no saga yet"),
        BadFile(
            .wrongResult, top: "on: [{ event: a.b, key: \"${event.id}\", where: \"‸${size(event.list)}\" }]",
            says: "true or false"),
        BadFile(
            .inputDoesNotFit,
            top: "input: { type: object, required: [id], properties: { id: { type: string } } }\n"
                + "on: [{ event: a.b, key: \"${event.id}\", input: ‸{ name: \"${event.name}\" } }]", says: "/id"),
        BadFile(
            .inputDoesNotFit,
            top: "input: { type: object, additionalProperties: false, properties: { id: { type: integer } } }\n"
                + "on: [{ event: a.b, key: \"${event.id}\", input: ‸{ id: \"n ${event.n}\" } }]", says: "an integer"),
        BadFile(
            .inputDoesNotFit,
            top: "input: { type: object, required: [day], properties: { day: { type: string } } }\n"
                + "schedule: ‸\"0 3 * * *\"", says: "/day"),
        BadFile(
            .referenceNotAllowed, top: "schedule: { cron: \"0 3 * * *\", input: ‸{ a: \"${input.a}\" } }",
            says: "the clock"),
        BadFile(.badSchedule, top: "schedule: ‸\"0 3 * *\"", says: "4 fields"),
        BadFile(.badSchedule, top: "schedule: ‸\"60 3 * * *\"", says: "from 0 to 59"),
        BadFile(.badSchedule, top: "schedule: ‸\"0 3 * * monday\"", says: "day of the week"),
        BadFile(.badSchedule, top: "schedule: ‸\"5-1 3 * * *\"", says: "back to 1"),
        BadFile(.badSchedule, top: "schedule: ‸\"0 3 30 feb *\"", says: "never"),
        BadFile(.badSchedule, top: "schedule: ‸\"*/0 3 * * *\"", says: "minute"),
        BadFile(
            .badSchedule, top: "schedule: { cron: \"0 3 * * *\", timeZone: ‸Berlin }", says: "Europe/Berlin"),
        BadFile(.wrongValue, top: "schedule: { cron: \"0 3 * * *\", catchUp: ‸some }", says: "'none'"),
        BadFile(.missingKey, top: "schedule: ‸{ timeZone: UTC }", says: "no 'cron'"),
        BadFile(.wrongShape, top: "schedule: ‸[a]", says: "a list"),
        BadFile(.wrongShape, top: "sensitive: ‸input.hash", says: "must be a list"),
        BadFile(.badExpression, top: "sensitive: [‸\"${input.hash}\"]", says: "without '${}'"),
        BadFile(.badExpression, top: "sensitive: [‸\"input.list[0]\"]", says: "as a whole"),
        BadFile(.unknownName, top: "sensitive: [‸imput.hash]", says: "did you mean 'input'?"),
        BadFile(
            .inputNotDeclared, top: "input: { properties: { hash: {} } }\nsensitive: [‸input.hsh]",
            says: "did you mean 'hash'?"),
    ]

    private static let alternative = "{ event: a.b, where: \"${event.a == 1}\" }\n"

    private static func listen(_ condition: String) -> String {
        "  - one: { listen: { event: a.b, where: \"\(condition)\" }, timeout: 1s }\n"
    }

    static func each(
        _ keys: String, items: String = "\"${input.list}\"", variable: String = "it", uses: String = "it",
        body: String? = nil
    ) -> String {
        "  - all:\n      each: \(items)\n      as: \(variable)\n" + keys.replacing("    ", with: "      ")
            + "      steps:\n" + (body ?? "        - inner: { run: x, with: { a: \"${\(uses)}\" } }\n")
    }
}
