import SagaCore
import SagaValues
import Testing
import Workflows

@Suite("What a definition means")
struct PlanTests {
    private func steps(_ top: String = "", _ steps: String) throws -> [Step] {
        try workflow(top, steps: steps).plan.steps
    }

    private func input(_ with: String, top: String = "") throws -> Template {
        let text = "  - first: { do: a.first, readonly: true }\n  - one: { do: a.b, readonly: true, with: \(with) }"
        return try #require(try steps(top, text)[1].input)
    }

    // MARK: Policies

    @Test("A step without a word about retries has the documented policy, and its undo a longer one")
    func defaults() throws {
        let step = try steps("", "  - one: { do: a.one, undo: a.two }")[0]
        #expect(
            step.retry
                == RetryPolicy(
                    attempts: 5, initial: .seconds(1), factorPermille: 2000, max: .seconds(30), jitter: true,
                    timeout: .seconds(30)))
        #expect(step.undoRetry == .undoDefault)
        #expect(step.onUnknown == .undo)
        #expect(step.onUndoFailure == .stop)
        #expect(step.input == .literal(.object([:])))
    }

    @Test("The step's own word goes before 'defaults', and those before the built-in policy, key by key")
    func precedence() throws {
        let top = "defaults: { timeout: 10s, retry: { attempts: 4, factor: 1.5 }, undoRetry: { max: 20s } }"
        let steps = try steps(
            top,
            """
              - one: { do: a.one, undo: a.two, timeout: 7s, retry: { initial: 250ms, jitter: none } }
              - two: { do: a.a, undo: a.b, retry: { attempts: 2, timeout: 8s }, undoRetry: { attempts: 3, timeout: 9s } }
              - three: { do: a.one, undo: a.two, retry: { attempts: 1000, max: 1m30s }, onUndoFailure: continue }
            """)
        #expect(
            steps[0].retry
                == RetryPolicy(
                    attempts: 4, initial: .milliseconds(250), factorPermille: 1500, jitter: false, timeout: .seconds(7))
        )
        #expect(steps[0].undoRetry == RetryPolicy(attempts: 10, max: .seconds(20)))
        #expect(steps[1].retry == RetryPolicy(attempts: 2, factorPermille: 1500, timeout: .seconds(8)))
        #expect(steps[1].undoRetry == RetryPolicy(attempts: 3, max: .seconds(20), timeout: .seconds(9)))
        #expect(
            steps[2].retry
                == RetryPolicy(attempts: 1000, factorPermille: 1500, max: .seconds(90), timeout: .seconds(10)))
        #expect(steps[2].onUndoFailure == .continue)
    }

    @Test("Behind the pivot a step is tried for ever, whatever the defaults say; an optional one is not")
    func behindThePivot() throws {
        let steps = try steps(
            "defaults: { retry: { attempts: 3 } }",
            """
              - one: { do: a.one, undo: a.undo }
              - two: { do: a.two, pivot: true }
              - three: { parallel: [{ four: { do: a.four } }, { five: { do: a.five, optional: true } }] }
            """)
        #expect(steps.map(\.retry.attempts) == [3, 3, nil, 3])
        #expect(steps.map(\.onUnknown) == [.undo, .incident, .incident, .undo])
        #expect(steps.map(\.pivot) == [false, true, false, false])
    }

    @Test("Behind an event that is the pivot it is the same")
    func behindAnEvent() throws {
        let steps = try steps(
            "deadline: 3d",
            """
              - one: { do: a.one, undo: a.take-back }
              - told:
                  listen:
                    - { event: a.paid, where: "${event.id == one.id}" }
                    - { event: a.failed, where: "${event.id == one.id}", reject: failed }
                  timeout: 1d
                  pivot: true
              - two: { do: a.two }
            """)
        #expect(steps.map(\.pivot) == [false, true, false])
        #expect(steps.map(\.retry.attempts) == [5, 5, nil])
        #expect(steps[2].onUnknown == .incident)
    }

    @Test("Attempts without end are taken before the pivot where a deadline ends them")
    func unlimited() throws {
        let step = try steps("deadline: 1m", "  - one: { do: a.b, readonly: true, retry: { attempts: unlimited } }")[0]
        #expect(step.retry.attempts == nil)
    }

    // MARK: Shape

    @Test("A plan is a tree; its steps are numbered in the order of the text")
    func tree() throws {
        let plan = try workflow(
            steps: """
                  - one: { do: a.b, readonly: true }
                  - both:
                      title: Two things at once
                      parallel:
                        - two: { do: a.b, readonly: true }
                        - more:
                            steps:
                              - three: { do: a.b, readonly: true }
                              - inner: { parallel: [{ four: { do: a.b, readonly: true } }] }
                  - five: { do: a.b, readonly: true, with: { a: "${four.x}", b: "${three}" } }
                """
        ).plan
        #expect(
            plan.root
                == .sequence([
                    .step(0),
                    .parallel(
                        name: "both",
                        branches: [.step(1), .sequence([.step(2), .parallel(name: "inner", branches: [.step(3)])])]),
                    .step(4),
                ]))
        #expect(plan.steps.map(\.name) == ["one", "two", "three", "four", "five"])
        #expect(
            plan.steps[4].input
                == .object([
                    TemplateMember("a", .reference(Reference(.step(3), [.member("x")]))),
                    TemplateMember("b", .reference(Reference(.step(2)))),
                ]))
    }

    @Test("What stands at the top is in the plan")
    func top() throws {
        let plan = try workflow(
            "title: A test\ndeadline: 24h\nlocks: [\"user:${input.id}\", all]\nonBusy: queue\n"
                + "output: { id: \"${one.id}\" }",
            steps: "  - one: { do: a.b, readonly: true }"
        ).plan
        #expect((plan.workflow, plan.version, plan.title) == ("test", 1, "A test"))
        #expect(plan.deadline == .seconds(86_400))
        #expect(
            plan.locks == [
                .text([.literal("user:"), .reference(Reference(.input, [.member("id")]))]), .literal("all"),
            ])
        #expect(plan.onBusy == .queue)
        #expect(plan.output == .object([TemplateMember("id", .reference(Reference(.step(0), [.member("id")])))]))
    }

    @Test("How long sagas stay is in the workflow; by itself nothing is said")
    func retention() throws {
        let (plain, kept) = (
            try workflow(steps: "  - one: { do: a.b, readonly: true }"),
            try workflow("retention: 365d", steps: "  - one: { do: a.b, readonly: true }")
        )
        #expect(plain.retention == nil && kept.retention == .seconds(365 * 86_400))
    }

    // MARK: Values

    @Test(
        "Values under 'with' are JSON: what is a number, boolean or null there is one here, with its digits",
        arguments: [
            ("{ a: 12345678901234567890.10 }", "{\"a\":12345678901234567890.10}"),
            ("{ a: -0.0e-7, b: true, c: null }", "{\"a\":-0.0e-7,\"b\":true,\"c\":null}"),
            ("{ a: \"012\", b: 'yes', c: \"~\" }", "{\"a\":\"012\",\"b\":\"yes\",\"c\":\"~\"}"),
            (
                "{ a: 2026-11-21, b: 10.0.0.1, c: 30s, d: 1-2 }",
                "{\"a\":\"2026-11-21\",\"b\":\"10.0.0.1\",\"c\":\"30s\",\"d\":\"1-2\"}"
            ),
            ("{ a: [1, { b: two words }], yes: \"\" }", "{\"a\":[1,{\"b\":\"two words\"}],\"yes\":\"\"}"),
            ("{ a: \"$${input.x} costs $5\" }", "{\"a\":\"${input.x} costs $5\"}"),
        ])
    func literals(_ with: String, _ json: String) throws {
        #expect(try input(with) == .literal(JSON(parsing: json)))
    }

    @Test("One reference alone passes its value on; text around it makes text")
    func references() throws {
        let price = Reference(.input, [.member("price")])
        #expect(try input("\"${input}\"") == .reference(Reference(.input)))
        #expect(
            try input("{ a: \"${ input.price }\", b: \"${input.price} \", c: \"${input.price}${input.price}\" }")
                == .object([
                    TemplateMember("a", .reference(price)),
                    TemplateMember("b", .text([.reference(price), .literal(" ")])),
                    TemplateMember("c", .text([.reference(price), .reference(price)])),
                ]))
        #expect(
            try input(#"{ a: [1, '${first.list[0]["odd name"].y_2[12]}'] }"#)
                == .object([
                    TemplateMember(
                        "a",
                        .array([
                            .literal(1),
                            .reference(
                                Reference(
                                    .step(0),
                                    [
                                        .member("list"), .element(0), .member("odd name"), .member("y_2"), .element(12),
                                    ])),
                        ]))
                ]))
    }

    @Test("A folded text keeps its references, and points at the right one")
    func folded() throws {
        let found = findings(
            of: """
                workflow: test
                version: 1
                steps:
                  - one:
                      do: a.b
                      readonly: true
                      with:
                        a: >-
                          first ${input.a}
                            and $${not} this: ${input.b} ${two}
                        b: "\\u0041 ${three}"
                        c: "escaped \\x24{four}"
                """)
        #expect(found.map { [$0.line, $0.column] } == [[10, 42], [11, 20], [12, 12]])
        #expect(found.allSatisfy { $0.code == .unknownName })
    }

    @Test("Lines may end as on Windows; the places stay right")
    func carriageReturns() throws {
        let good = "workflow: test\r\nversion: 1\r\nsteps:\r\n  - one: { do: a.b, readonly: true }\r\n"
        #expect(try Workflow.compile(good).plan.steps.count == 1)
        let bad = good + "  - two: { do: a.b, readonly: true, with: { a: \"${x}\" } }\r\n"
        #expect(findings(of: bad).map { [$0.line, $0.column] } == [[5, 49]])
    }

    @Test("The digest is of the bytes: it is SHA-256, and a space more makes another")
    func digest() throws {
        let text = "workflow: test\nversion: 1\nsteps: [{ one: { do: a.b, readonly: true } }]\n"
        let one = try Workflow.compile(text)
        #expect(one.source == text)
        #expect(one.digest == "0d065b1e9698fffb9b70c7fd056670c518b323fee58b2a46108c9c8974e89209")
        #expect(try Workflow.compile(text + " ").digest != one.digest)
        #expect(try Workflow.compile(text).digest == one.digest)
    }

    @Test("Names that look the same but differ in their bytes are refused in one map, and kept as they are in two")
    func bytes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let found = findings(of: "output: { \(composed): 1, \(decomposed): 2 }")
        #expect(found.map(\.code) == [.duplicateKey])
        #expect(
            try input("{ a: [{ \(composed): 1 }, { \(decomposed): 2 }] }")
                == .literal(.object(["a": .array([.object([composed: 1]), .object([decomposed: 2])])])))
    }
}
