import Expressions
import SagaCore
import SagaValues
import Testing
import Workflows

@Suite("What the shapes mean")
struct LanguageTests {
    private func plan(_ top: String = "", _ steps: String) throws -> Plan {
        try workflow(top, steps: steps).plan
    }

    private func formula(_ text: String, _ roots: [SagaCore.Reference]) throws -> Formula {
        Formula(try Expression(text), roots: roots)
    }

    private let input = SagaCore.Reference(.input)

    // MARK: Conditions

    @Test("A condition of a step is the step's; that of a group is a choice of one case with the group's name")
    func conditions() throws {
        let plan = try plan(
            "",
            """
              - one: { do: a.b, readonly: true, when: "${input.flag}" }
              - both:
                  when: "${input.n > 1}"
                  parallel:
                    - two: { wait: 1s }
                    - more: { when: "${one.x}", steps: [{ three: { wait: 2s } }] }
              - four: { emit: a.done, skippable: true }
            """.replacing("\"${one.x}\"", with: "\"${has(one.x) && one.x}\""))
        #expect(plan.steps.map(\.name) == ["one", "both", "two", "more", "three", "four"])
        #expect(plan.steps[0].condition == (try formula("input.flag", [input])))
        #expect(plan.steps[1].kind == .choice([try formula("input.n > 1", [input])]))
        #expect(plan.steps[3].kind == .choice([try formula("has(one.x) && one.x", [Reference(.step(0))])]))
        #expect(
            plan.root
                == .sequence([
                    .step(0),
                    .choice(
                        step: 1,
                        cases: [
                            .parallel(
                                name: "both",
                                branches: [.step(2), .choice(step: 3, cases: [.sequence([.step(4)])])])
                        ]),
                    .step(5),
                ]))
        #expect(plan.steps.dropFirst().map(\.condition) == Array(repeating: nil, count: 5))
        #expect(plan.steps[5].skippable)
    }

    @Test("A switch takes the first case whose condition holds, and else the last")
    func choice() throws {
        let plan = try plan(
            "",
            """
              - way:
                  switch:
                    - when: "${input.provider == 'aliyun'}"
                      steps: [{ one: { wait: 1s } }, { two: { wait: 1s } }]
                    - when: "${input.wanted}"
                      steps: [{ three: { wait: 1s } }]
                    - else: [{ four: { wait: 1s } }]
            """)
        #expect(
            plan.steps[0].kind
                == .choice([
                    try formula("input.provider == 'aliyun'", [input]), try formula("input.wanted", [input]), nil,
                ]))
        #expect(plan.steps.map(\.name) == ["way", "one", "two", "three", "four"])
        #expect(
            plan.root
                == .sequence([
                    .choice(
                        step: 0,
                        cases: [
                            .sequence([.step(1), .step(2)]), .sequence([.step(3)]), .sequence([.step(4)]),
                        ])
                ]))
    }

    // MARK: Leaves

    @Test("Waits, announcements and child sagas")
    func leaves() throws {
        let plan = try plan(
            "",
            """
              - one: { wait: 3d }
              - two: { wait: "${input.days + 'd'}" }
              - three: { wait: { until: "${input.due}" } }
              - four: { run: device-deletion, with: { id: "${input.id}", now: "${saga.startedAt}" }, optional: true }
              - five: { emit: device.status_changed, with: "${input.device}" }
            """)
        #expect(plan.steps[0].kind == .pause(.fixed(.seconds(3 * 86_400))))
        #expect(plan.steps[1].kind == .pause(.computed(try formula("input.days + 'd'", [input]))))
        #expect(plan.steps[2].kind == .pause(.computed(try formula("input.due", [input]))))
        #expect(
            plan.steps[3].kind
                == .run(
                    ChildRun(
                        workflow: "device-deletion",
                        input: .object([
                            TemplateMember("id", .reference(Reference(.input, [.member("id")]))),
                            TemplateMember("now", .reference(Reference(.saga, [.member("startedAt")]))),
                        ]))))
        #expect(plan.steps[3].retry == .own && plan.steps[3].undoRetry == .own && plan.steps[3].optional)
        #expect(
            plan.steps[4].kind
                == .emit(
                    Emission(
                        event: "device.status_changed", data: .reference(Reference(.input, [.member("device")])))))
        #expect(plan.steps[4].retry == .own)
    }

    @Test("What is listened for is found by one equation, from either side; the rest is a condition")
    func listen() throws {
        let plan = try plan(
            "deadline: 3d",
            """
              - pay: { do: a.b, readonly: true }
              - told:
                  listen:
                    - { event: payment.refunded, where: "${event.payment.ids[0] == pay.id && event.amount > 3}" }
                    - event: payment.failed
                      where: "${(event.late || event.x == 1) && (!event.test && pay.id == event.id) && event.n == event.m}"
                      reject: refund-failed
                    - { event: payment.lost, where: "${event.key == 'a && b'}" }
                  timeout: 1d
              - yes: { approval: { role: finance, title: "Pay ${pay.amount} back?" }, timeout: 2d }
            """)
        guard case .listen(let listen) = plan.steps[1].kind else { throw WrongKind() }
        #expect(!plan.steps[1].pivot)
        let pay = SagaCore.Reference(.step(0))
        let event = SagaCore.Reference(.event)
        #expect(listen.timeout == .seconds(86_400))
        #expect(
            listen.alternatives == [
                Listen.Alternative(
                    event: "payment.refunded", path: [.member("payment"), .member("ids"), .element(0)],
                    value: try formula("pay.id", [pay]), condition: try formula("event.amount > 3", [event])),
                Listen.Alternative(
                    event: "payment.failed", path: [.member("id")], value: try formula("pay.id", [pay]),
                    condition: try formula(
                        "(event.late || event.x == 1) && (!event.test) && (event.n == event.m)", [event]),
                    rejection: "refund-failed"),
                Listen.Alternative(
                    event: "payment.lost", path: [.member("key")], value: try formula("'a && b'", [])),
            ])
        #expect(
            plan.steps[2].kind
                == .approval(
                    Approval(
                        role: "finance",
                        title: .text([
                            .literal("Pay "), .reference(Reference(.step(0), [.member("amount")])), .literal(" back?"),
                        ]),
                        timeout: .seconds(2 * 86_400))))
    }

    @Test("What is asked of an event besides its key is never lost, however long it is")
    func longWhere() throws {
        let others = (1...338).map { "event.a\($0)" }.joined(separator: "&&")
        let whole = "event.id == 1&&" + others
        #expect(whole.utf8.count <= 4096 && whole.utf8.count + 338 * 2 > 4096)
        let plan = try plan(
            "", "  - one: { listen: { event: a.b, where: \"${\(whole)}\" }, timeout: 1s }")
        guard case .listen(let listen) = plan.steps[0].kind else { throw WrongKind() }
        #expect(listen.alternatives[0].value.text == "1")
        #expect(listen.alternatives[0].condition?.text == whole)
    }

    // MARK: Expressions

    @Test("An expression stands where a reference can, and knows what its names stand for")
    func formulas() throws {
        let plan = try plan(
            "locks: [\"u:${input.id + '!'}\"]\noutput: \"${ {'a': input.id, 'b': '}'} }\"",
            """
              - one: { do: a.b, readonly: true, with: { a: "${input.n * 2}", b: "n: ${size(input.list)}!" } }
              - two: { do: a.b, readonly: true, with: "${one.ok ? one : input}" }
            """)
        #expect(plan.locks == [.text([.literal("u:"), .formula(try formula("input.id + '!'", [input]))])])
        #expect(plan.output == .formula(try formula(" {'a': input.id, 'b': '}'} ", [input])))
        #expect(
            plan.steps[0].input
                == .object([
                    TemplateMember("a", .formula(try formula("input.n * 2", [input]))),
                    TemplateMember(
                        "b",
                        .text([.literal("n: "), .formula(try formula("size(input.list)", [input])), .literal("!")])),
                ]))
        #expect(plan.steps[1].input == .formula(try formula("one.ok ? one : input", [Reference(.step(0)), input])))
    }

    @Test(
        "What may be missing can be read where it is asked for, or under the condition that it depends on",
        arguments: [
            "  - last: { do: a.b, readonly: true, with: { a: \"${has(two.x) ? two.x : 1}\" } }",
            "  - last: { do: a.b, readonly: true, when: \"${has(two.x) && two.x > 1}\" }",
            "  - last: { do: a.b, readonly: true, when: \"${has(two.x)}\", with: { a: \"${two.y}\" } }",
            "  - last: { do: a.b, readonly: true, when: \"${input.flag}\", with: { a: \"${two.y}\", b: \"${two}\" } }",
            "  - last: { do: a.b, readonly: true, when: \"${input.n>1&&(input . flag)}\", with: \"${two}\" }",
            "  - way: { switch: [{ when: \"${input.flag}\", steps: [{ last: { run: x, with: \"${two}\" } }] }] }",
            "  - g: { when: \"${input.flag}\", parallel: [{ last: { run: x, with: \"${two}\" } }] }",
            "  - last: { do: a.b, readonly: true, when: \"${input.flag}\", with: { a: \"${three.y}\" } }",
            "  - last: { each: \"${input.flag ? input.list : []}\", as: it, when: \"${input.flag}\", "
                + "steps: [{ in: { run: x, with: { a: \"${it}\", b: \"${two.x}\" } } }] }".replacing(
                    "in:", with: "inn:"),
            "  - last: { do: a.b, readonly: true, when: \"${has(input.maybe)}\", with: { a: \"${input.maybe}\", "
                + "b: \"${input.maybe + 'x'}\" } }",
            "  - last: { do: a.b, readonly: true, when: \"${has(opt.x)}\", with: { a: \"${opt.x}\" } }",
        ])
    func guarded(_ last: String) throws {
        let top =
            "input: { type: object, required: [flag, n, list], properties: { flag: { type: boolean }, "
            + "n: { type: integer }, list: { type: array }, maybe: { type: string } } }"
        let steps = """
              - two: { do: a.b, readonly: true, when: "${input.flag}" }
              - choose: { switch: [{ when: "${input.flag}", steps: [{ three: { do: a.b, readonly: true } }] }] }
              - opt: { do: a.b, readonly: true, optional: true }

            """
        #expect(findings(of: "workflow: test\nversion: 1\n\(top)\nsteps:\n\(steps)\(last)\n").map(\.description) == [])
    }

    // MARK: Starts

    @Test("Starts by events and by the clock are in the plan, and what nobody may see")
    func starts() throws {
        let plan = try plan(
            """
            on:
              - { event: user.created, key: "${event.userId}" }
              - event: user.invited
                key: "${event.a}-${event.b}"
                where: "${event.kind == 'x'}"
                input: { userId: "${event.userId}", n: 1 }
            schedule: { cron: "*/20 8-9 1,15 jan,jul mon-fri", timeZone: Asia/Ho_Chi_Minh, catchUp: all, input: { n: 2 } }
            sensitive: [input.passwordHash, one.token]
            """,
            "  - one: { do: a.b, readonly: true }")
        let event = SagaCore.Reference(.event)
        func member(_ name: String) -> SagaCore.Reference { Reference(.event, [.member(name)]) }
        #expect(
            plan.starts == [
                EventStart(event: "user.created", key: .reference(member("userId"))),
                EventStart(
                    event: "user.invited",
                    key: .text([.reference(member("a")), .literal("-"), .reference(member("b"))]),
                    input: .object([
                        TemplateMember("userId", .reference(member("userId"))), TemplateMember("n", .literal(1)),
                    ]),
                    condition: try formula("event.kind == 'x'", [event])),
            ])
        #expect(
            plan.schedule
                == Schedule(
                    cron: Cron(
                        text: "*/20 8-9 1,15 jan,jul mon-fri", minutes: [0, 20, 40], hours: [8, 9],
                        daysOfMonth: [1, 15], months: [1, 7], daysOfWeek: [1, 2, 3, 4, 5]),
                    timeZone: "Asia/Ho_Chi_Minh", catchUp: .all, input: ["n": 2]))
        #expect(
            plan.sensitive == [
                Reference(.input, [.member("passwordHash")]), Reference(.step(0), [.member("token")]),
            ])
    }

    @Test("A schedule can be one line: UTC, one start for all that were missed, and Sunday by both its numbers")
    func line() throws {
        let schedule = try #require(try plan("schedule: \"5 */6 * * 0,7\"", "  - one: { wait: 1s }").schedule)
        #expect((schedule.timeZone, schedule.catchUp, schedule.input) == ("UTC", .last, [:]))
        #expect(schedule.cron.hours == [0, 6, 12, 18] && schedule.cron.daysOfWeek == [0])
        #expect(schedule.cron.daysOfMonth == nil && schedule.cron.months.count == 12)
    }
}

struct WrongKind: Error {}
