import Workflows

extension BadFile {
    static let names: [BadFile] = [
        BadFile(
            .badName, "workflow: ‸Plan_Purchase\nversion: 1\nsteps: [{ one: { do: a.b, readonly: true } }]\n",
            says: "plan-purchase"),
        BadFile(.badName, steps: "  - ‸createOrder: { do: a.b, readonly: true }\n", says: "create-order"),
        BadFile(.badName, steps: "  - ‸input: { do: a.b, readonly: true }\n", says: "means something else"),
        BadFile(
            .badName, steps: "  - ‸\(String(repeating: "x", count: 64)): { do: a.b, readonly: true }\n", says: "63"),
        BadFile(
            .nameUsedTwice, steps: "  - one: { do: a.b, readonly: true }\n  - ‸one: { do: a.b, readonly: true }\n",
            says: "'one'"),
        BadFile(
            .nameUsedTwice, steps: "  - one:\n      parallel:\n        - ‸one: { do: a.b, readonly: true }\n",
            says: "'one'"),
        BadFile(.badExpression, step: "      with: { a: \"x ‸${input.a\" }\n", says: "closing"),
        BadFile(.badExpression, step: "      with: { a: \"‸${}\" }\n", says: "nothing stands"),
        BadFile(.badExpression, step: "      with: { a: \"${input.‸.a}\" }\n", says: "a name was expected"),
        BadFile(.badExpression, step: "      with: { a: \"‸${input.user-id}\" }\n", says: "[\"user-id\"]"),
        BadFile(.badExpression, step: "      with:\n        a: |\n          first ${input}\n          ${a ‸b}\n"),
        BadFile(.unknownName, step: "      with: { a: \"‸${imput.a}\" }\n", says: "did you mean 'input'?"),
        BadFile(.unknownName, step: "      with: { a: \"‸${nobody.a}\" }\n", says: "no step 'nobody'"),
        BadFile(
            .unknownName,
            steps: "  - both: { parallel: [{ one: { do: a.b, readonly: true } }] }\n"
                + "  - two: { do: a.b, readonly: true, with: { a: \"‸${both.a}\" } }\n", says: "a group"),
        BadFile(.stepMayNotHaveRun, step: "      with: { a: \"‸${one.a}\" }\n", says: "its own output"),
        BadFile(
            .stepMayNotHaveRun, step: "      with: { a: \"‸${two.a}\" }\n  - two: { do: a.b, readonly: true }\n",
            says: "move 'two' before 'one'"),
        BadFile(
            .stepMayNotHaveRun,
            steps: """
                  - both:
                      parallel:
                        - one: { do: a.b, readonly: true }
                        - more:
                            steps:
                              - two: { do: a.b, readonly: true, with: { a: "1 $${ ‸${one.a}" } }

                """, says: "at the same time"),
        BadFile(
            .valueMayBeMissing,
            steps: "  - one: { do: a.b, readonly: true, optional: true }\n"
                + "  - two: { do: a.b, readonly: true, with: { a: \"‸${one.a}\" } }\n", says: "is optional"),
        BadFile(
            .valueMayBeMissing,
            "workflow: test\nversion: 1\noutput: { a: ‸\"${one}\" }\n".replacing("‸\"", with: "\"‸")
                + "steps: [{ one: { do: a.b, readonly: true, optional: true } }]\n", says: "is optional"),
        BadFile(
            .valueMayBeMissing,
            top: "input: { type: object, properties: { a: { type: string } } }\noutput: \"‸${input.a}\"",
            says: "'required'"),
        BadFile(
            .inputNotDeclared,
            top: "input: { type: object, required: [price], properties: { price: {} } }\noutput: \"‸${input.prize}\"",
            says: "did you mean 'price'?"),
        BadFile(
            .inputNotDeclared,
            top:
                "input: { required: [a], properties: { a: { type: string } } }\noutput: \"‸${input.a.b}\"",
            says: "a string"),
        BadFile(
            .inputNotDeclared,
            top:
                "input: { required: [a], properties: { a: { type: object } } }\noutput: \"‸${input.a[0]}\"",
            says: "an object"),
        BadFile(.referenceNotAllowed, top: "locks: [\"user:‸${one.id}\"]", says: "before the first step"),
        BadFile(.referenceNotAllowed, step: "      with: { ‸\"${input.a}\": 1 }\n", says: "in a name"),
        BadFile(
            .notTextual,
            top: "input: { type: object, required: [a], properties: { a: { type: [array, string] } } }\n"
                + "output: \"a ‸${input.a}\"", says: "an array"),
        BadFile(
            .notTextual,
            top: "input: { type: object, required: [a], properties: { a: { type: object } } }\nlocks: [\"‸${input.a}\"]"
        ),
    ]

    static let rules: [BadFile] = [
        BadFile(.noSteps, "workflow: test\nversion: 1\nsteps: ‸[]\n", says: "at least one step"),
        BadFile(.noSteps, steps: "  - both: { parallel: ‸[] }\n", says: "at the same time"),
        BadFile(.noUndo, steps: "  - ‸one: { do: a.one }\n", says: "add 'undo:'"),
        BadFile(.noUndo, steps: "  - ‸one: { do: a.one }\n  - two: { do: a.two, pivot: true }\n", says: "before"),
        BadFile(.noUndo, steps: "  - one: { do: a.one, readonly: true }\n  - ‸two: { do: a.two, optional: true }\n"),
        BadFile(
            .noUndo,
            steps: "  - both: { parallel: [{ one: { do: a.b, readonly: true } }, { ‸two: { do: a.b } }] }\n",
            says: "'two'"),
        BadFile(
            .givesUpAfterPivot,
            steps: "  - one: { do: a.one, pivot: true }\n  - two: { do: a.two, retry: { attempts: ‸3 } }\n",
            says: "optional"),
        BadFile(
            .secondPivot, steps: "  - one: { do: a.one, pivot: true }\n  - two: { do: a.two, pivot: ‸true }\n",
            says: "after 'one'"),
        BadFile(
            .pivotInParallel,
            steps:
                "  - both: { parallel: [{ one: { do: a.b, pivot: ‸true } }, { two: { do: a.b, readonly: true } }] }\n"
                + "  - three: { do: a.b }\n", says: "behind the 'parallel'"),
        BadFile(.contradiction, steps: "  - one: { do: a.b, undo: ‸a.c, readonly: true }\n", says: "nothing to undo"),
        BadFile(
            .contradiction, steps: "  - one: { do: a.b, pivot: ‸true, readonly: true }\n", says: "point of no return"),
        BadFile(.contradiction, steps: "  - one: { do: a.b, readonly: true, onUnknown: ‸probe }\n", says: "to probe"),
        BadFile(.contradiction, steps: "  - one: { do: a.b, pivot: true, optional: ‸true }\n", says: "pivot"),
        BadFile(
            .contradiction, top: "deadline: 3m",
            step: "      optional: true\n      retry: { attempts: ‸unlimited }\n", says: "never gives up"),
        BadFile(.contradiction, steps: "  - one: { do: a.b, undo: ‸a.b }\n", says: "reverses it"),
        BadFile(
            .guessAtPivot, steps: "  - one: { do: a.b, pivot: true, onUnknown: ‸undo }\n", says: "'probe' or 'incident'"
        ),
        BadFile(
            .guessAtPivot,
            steps: "  - one: { do: a.b, pivot: true }\n  - two: { do: a.b, onUnknown: ‸undo, optional: true }\n",
            says: "behind the pivot"),
        BadFile(.undoElsewhere, steps: "  - one: { do: a.b, undo: ‸b.c }\n", says: "let 'a' undo it"),
        BadFile(.neverUsed, steps: "  - one: { do: a.b, pivot: true, undo: ‸a.c }\n", says: "never used"),
        BadFile(
            .neverUsed, steps: "  - one: { do: a.b, pivot: true }\n  - two: { do: a.b, undo: ‸a.c }\n", says: "'two'"),
        BadFile(
            .neverUsed, steps: "  - one: { do: a.b, pivot: true }\n  - two: { do: a.b, onUnknown: ‸probe }\n",
            says: "until it is done"),
        BadFile(.neverUsed, steps: "  - one: { do: a.b, readonly: true, ‸undoRetry: {} }\n", says: "no 'undo'"),
        BadFile(.neverUsed, steps: "  - one: { do: a.b, readonly: true, onUndoFailure: ‸stop }\n", says: "no 'undo'"),
        BadFile(.neverUsed, top: "onBusy: ‸queue", says: "without 'locks'"),
        BadFile(.budgetOverDeadline, top: "deadline: ‸2m", says: "2m45s"),
        BadFile(
            .budgetOverDeadline, step: "      retry: { attempts: ‸unlimited }\n", says: "never gives up"),
        BadFile(.timeoutOverDeadline, top: "deadline: ‸20s", says: "30s (the default)"),
        BadFile(.timeoutOverDeadline, top: "deadline: 20s", step: "      timeout: ‸21s\n", says: "21s"),
    ]

    static let schemas: [BadFile] = [
        BadFile(.schemaNotSupported, input: "input: { ‸oneOf: [] }", says: "'oneOf' is not supported"),
        BadFile(.schemaNotSupported, input: "input: { type: string, format: ‸ipv4 }", says: "uuid"),
        BadFile(
            .schemaNotSupported, input: "input: { $schema: ‸http://json-schema.org/draft-07/schema# }", says: "2020-12"),
        BadFile(.badSchema, input: "input: { ‸properites: {} }", says: "did you mean 'properties'?"),
        BadFile(.badSchema, input: "input: { ‸userId: { type: string } }", says: "under 'properties'"),
        BadFile(
            .badSchema, input: "input: { type: object, required: ‸[userid], properties: { userId: {} } }",
            says: "did you mean 'userId'?"),
        BadFile(.badSchema, input: "input: { type: integer, ‸minLength: 3 }", says: "an integer"),
        BadFile(.badSchema, input: "input: { type: string, enum: ‸[2024] }", says: "put it in quotes"),
        BadFile(.badSchema, input: "input: { enum: ‸[] }", says: "empty"),
        BadFile(.badSchema, input: "input: { minLength: 3, maxLength: ‸2 }", says: "less than"),
        BadFile(.badSchema, input: "input: { minimum: 0.2, maximum: ‸0.1 }", says: "less than"),
        BadFile(.badSchema, input: "input: { minimum: ‸\"1\" }", says: "a number"),
        BadFile(.badSchema, input: "input: { required: [‸1] }", says: "names"),
        BadFile(.badSchema, input: "input: { pattern: ‸12 }", says: "must be text"),
        BadFile(.badPattern, input: "input: { pattern: ‸'(a' }", says: "without its ')'"),
        BadFile(.badPattern, input: "input: { pattern: ‸'(?=a)' }", says: "looks around"),
        BadFile(.badPattern, input: "input: { pattern: ‸'(a)\\1' }", says: "not supported"),
        BadFile(.badPattern, input: "input: { pattern: ‸'(a{100}){100}' }", says: "too large"),
        BadFile(.wrongValue, input: "input: { type: ‸text }", says: "'type' must be one of"),
        BadFile(.wrongShape, input: "input: ‸string", says: "a JSON Schema"),
        BadFile(.ambiguousScalar, input: "input: { const: ‸yes }", says: "true or false"),
    ]

    static let all =
        file + shape + values + names + rules + schemas + shapes + top + availability + expressions + pivots
        + SensitiveTests.shown

    init(_ code: Finding.Code, top: String, step: String, says: String = "") {
        self.init(
            code,
            top + "\nworkflow: test\nversion: 1\nsteps:\n  - one:\n      do: a.one\n      undo: a.undo-one\n" + step,
            says: says)
    }
}
