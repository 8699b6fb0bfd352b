import Workflows

/// What is read before it is there, and what cannot be reckoned.
extension BadFile {
    private static let schema =
        "input: { type: object, required: [n, list, flag, text], additionalProperties: false, properties: "
        + "{ n: { type: integer }, list: { type: array, items: { type: object, required: [id], properties: { id: { type: string } } } }, "
        + "flag: { type: boolean }, text: { type: string }, maybe: { type: string } } }"

    private init(_ code: Finding.Code, typed steps: String, says: String = "") {
        self.init(
            code,
            "workflow: test\nversion: 1\n\(BadFile.schema)\nsteps:\n  - first: { do: a.first, readonly: true }\n"
                + steps,
            says: says)
    }

    /// A command with one value.
    private static func with(_ expression: String, _ more: String = "") -> String {
        "  - last: { do: a.last, readonly: true, with: { a: \"\(expression)\" }\(more) }\n"
    }

    static let availability: [BadFile] = [
        // Under a condition.
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - two: { do: a.b, readonly: true, when: \"${input.flag}\" }\n" + with("‸${two.x}"),
            says: "only when '${input.flag}'"),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - two: { do: a.b, readonly: true, when: \"${input.flag}\" }\n" + with("${1 + ‸two.x}"),
            says: "has(two.…)"),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - two: { do: a.b, readonly: true, when: \"${input.flag}\" }\n" + with("‸${two}")),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - two: { do: a.b, readonly: true, when: \"${input.flag && input.n > 1}\" }\n"
                + with("‸${two.x}", ", when: \"${input.flag}\"")),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - two: { do: a.b, readonly: true, when: \"${input.flag}\" }\n"
                + with("‸${two.x}", ", when: \"${input.flag || input.n > 1}\"")),
        // What an optional step gives can change its mind, and with it the condition.
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - opt: { do: a.b, readonly: true, optional: true }\n"
                + "  - two: { do: a.b, readonly: true, when: \"${has(opt.x)}\" }\n"
                + with("‸${two.x}", ", when: \"${has(opt.x)}\"")),
        // In a case.
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - way: { switch: [{ when: \"${input.flag}\", steps: [{ two: { do: a.b, readonly: true } }] }] }\n"
                + with("‸${two.x}"), says: "only when"),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - way:\n      switch:\n"
                + "        - { when: \"${input.flag}\", steps: [{ two: { do: a.b, readonly: true } }] }\n"
                + "        - { else: [{ three: { do: a.b, readonly: true, with: { a: \"‸${two.x}\" } } }] }\n",
            says: "another case of 'way'"),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - way:\n      switch:\n"
                + "        - { when: \"${input.n == 1}\", steps: [{ two: { wait: 1s } }] }\n"
                + "        - { when: \"${input.flag}\", steps: [{ three: { do: a.b, readonly: true } }] }\n"
                + with("‸${three.x}", ", when: \"${input.flag}\"")),
        BadFile(
            .stepMayNotHaveRun,
            typed: "  - group:\n      when: \"${input.flag}\"\n      parallel: [{ two: { do: a.b, readonly: true } }]\n"
                + with("‸${two.x}"), says: "${input.flag}"),
        BadFile(
            .stepMayNotHaveRun, typed: "  - two: { do: a.b, readonly: true, when: \"‸${has(last.x)}\" }\n" + with("1"),
            says: "runs later"),
        BadFile(
            .valueMayBeMissing,
            typed: "  - two: { do: a.b, readonly: true, optional: true }\n" + with("${1 + ‸two.x}"), says: "has(two.…)"),
        BadFile(
            .valueMayBeMissing,
            typed: "  - two: { listen: { event: a.b, where: \"${event.a == 1}\" }, timeout: 1s, optional: true }\n"
                + with("‸${two.x}"), says: "is optional"),
        BadFile(.valueMayBeMissing, typed: with("‸${input.maybe}"), says: "has(input.maybe)"),
        BadFile(
            .valueMayBeMissing, typed: with("${input.maybe‸ + 'x'}".replacing("input.maybe‸", with: "input‸.maybe"))),
        // Out of an `each`, and what has no output.
        BadFile(.insideEach, typed: each("") + with("‸${inner.x}"), says: "all.count, all.done and all.failed"),
        BadFile(.insideEach, typed: each("") + with("‸${it.x}"), says: "only there for the steps of 'all'"),
        BadFile(
            .stepMayNotHaveRun,
            typed: each("", body: "        - inner: { run: x, with: { a: \"${it}\", b: \"‸${all.count}\" } }\n"),
            says: "its own output"),
        BadFile(.unknownName, typed: "  - two: { wait: 1s }\n" + with("‸${two.x}"), says: "'wait' and has no output"),
        BadFile(
            .unknownName, typed: "  - way: { switch: [{ else: [{ two: { wait: 1s } }] }] }\n" + with("‸${way}"),
            says: "a group"),
        BadFile(.referenceNotAllowed, typed: with("‸${event.x}"), says: "'where' of a 'listen'"),
        BadFile(
            .referenceNotAllowed,
            "workflow: test\nversion: 1\nlocks: [\"u:‸${saga.id}\"]\nsteps: [{ one: { wait: 1s } }]\n"
        ),
        BadFile(.unknownName, typed: with("${first.n - ‸n}"), says: "no step 'n'"),
    ]

    static let expressions: [BadFile] = [
        BadFile(.badExpression, typed: with("${1 + ‸}"), says: "the end"),
        BadFile(.badExpression, typed: with("${input.n = ‸1}".replacing("= ‸1", with: "‸= 1")), says: "write =="),
        BadFile(.badExpression, typed: with("‸${'a' + 'b}"), says: "closing"),
        BadFile(.limitPassed, typed: with("‸${\(String(repeating: "1+", count: 2500))1}"), says: "4096 bytes"),
        BadFile(
            .limitPassed,
            typed: with(
                "${\(String(repeating: "(", count: 65))‸1\(String(repeating: ")", count: 65))}"), says: "64 levels"),
        BadFile(.limitPassed, typed: with("‸${first\(String(repeating: ".a", count: 33))}"), says: "32 parts"),
        BadFile(.notSupported, typed: with("‸${double(input.n)}"), says: "exact"),
        BadFile(.unknownFunction, typed: with("‸${sqrt(input.n)}"), says: "sqrt"),
        BadFile(.wrongArguments, typed: with("${input.text.‸startsWith()}")),
        BadFile(.badPattern, typed: with("${input.text.matches(‸'(a')}")),
        BadFile(.wrongType, typed: with("${input.text ‸- 1}"), says: "int("),
        BadFile(.wrongType, typed: with("${input.n ‸== 'x'}"), says: "never equal"),
        BadFile(
            .unknownMember, typed: each("") + with("‸${all.cout}".replacing("‸${all.", with: "${all‸.")), says: "count"),
        BadFile(.unknownMember, typed: with("${saga‸.name}"), says: "startedAt"),
        BadFile(
            .unknownMember, typed: each("", body: "        - inner: { run: x, with: { a: \"${it‸.name}\" } }\n"),
            says: "id"),
        BadFile(.inputNotDeclared, typed: with("${1 + ‸input.m}"), says: "no 'm'"),
        BadFile(.wrongResult, typed: "  - two: { do: a.b, readonly: true, when: \"‸${input.n}\" }\n", says: "an int"),
        BadFile(.wrongResult, typed: each("", items: "\"‸${input.text}\""), says: "needs a list"),
        BadFile(.wrongResult, typed: "  - two: { wait: \"‸${input.n}\" }\n", says: "string(input.days) + 'd'"),
        BadFile(.wrongResult, typed: "  - two: { wait: { until: \"‸${input.flag}\" } }\n", says: "a bool"),
        BadFile(.wrongValue, typed: "  - two: { wait: ‸\"${input.n}d\" }\n", says: "no text around it"),
        BadFile(.notTextual, typed: with("all ‸${input.list}"), says: "an array"),
        BadFile(.notTextual, typed: with("all ‸${input.list + []}"), says: "a list"),
    ]
}
