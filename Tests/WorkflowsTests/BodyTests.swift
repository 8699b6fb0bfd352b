import Expressions
import SagaCore
import SagaValues
import Testing
import Workflows

@Suite("Bodies of each")
struct BodyTests {
    private func each(_ plan: Plan, _ name: String) throws -> Each {
        guard case .each(let each)? = plan.steps.first(where: { $0.name == name })?.kind else { throw WrongKind() }
        return each
    }

    private func input(_ path: String...) -> SagaCore.Reference {
        Reference(.input, path.map { .member($0) })
    }

    @Test("The body is a plan of its own that reads its own input: the item, and what it uses of the outside")
    func body() throws {
        let workflow = try workflow(
            "deadline: 3d\nlocks: [all]\ntitle: Outer\noutput: \"${one}\"\nsensitive: [input.secret, two.token]",
            steps: """
                  - one: { do: a.one, readonly: true }
                  - install:
                      each: "${input.deviceIds}"
                      as: deviceId
                      atOnce: 3
                      onFailure: undo-item
                      when: "${one.wanted}"
                      pivot: false
                      steps:
                        - two:
                            do: a.two
                            undo: a.undo
                            with:
                              device: "${deviceId}"
                              first: "${one.list[0].x}"
                              again: "${one.list}"
                              other: "${one.others[0].x}"
                              name: "${input.user.name}"
                              mail: "${input.user.mail}"
                              secret: "${input.secret}"
                        - three: { do: a.three, readonly: true, with: { a: "${two.x}", b: "${deviceId + one.y}" }, when: "${size(input.user) > 1}" }
                  - last: { do: a.b, readonly: true }
                """)
        let plan = workflow.plan
        #expect(plan.steps.map(\.name) == ["one", "install", "last"])
        #expect(plan.root == .sequence([.step(0), .step(1), .step(2)]))
        let install = try each(plan, "install")
        #expect((install.variable, install.atOnce, install.onFailure) == ("deviceId", 3, .undoItem))
        #expect(install.items == Formula(try Expression("input.deviceIds"), roots: [Reference(.input)]))
        // Each once, none within another, up to the element.
        #expect(
            install.captures
                == [
                    Reference(.step(0), [.member("list")]), Reference(.step(0), [.member("others")]), input("user"),
                    input("secret"),
                    Reference(.step(0), [.member("y")]),
                ].reordered(like: install.captures))
        let body = install.body
        #expect((body.workflow, body.version) == ("test", 1))
        #expect(body.deadline == nil && body.locks == [] && body.output == nil && body.title == nil)
        #expect(body.steps.map(\.name) == ["two", "three"] && body.root == .sequence([.step(0), .step(1)]))
        #expect(
            body.steps[0].input
                == .object([
                    TemplateMember("device", .reference(input("deviceId"))),
                    TemplateMember(
                        "first",
                        .reference(Reference(.input, [.member("one"), .member("list"), .element(0), .member("x")]))),
                    TemplateMember("again", .reference(input("one", "list"))),
                    TemplateMember(
                        "other",
                        .reference(Reference(.input, [.member("one"), .member("others"), .element(0), .member("x")]))),
                    TemplateMember("name", .reference(input("input", "user", "name"))),
                    TemplateMember("mail", .reference(input("input", "user", "mail"))),
                    TemplateMember("secret", .reference(input("input", "secret"))),
                ]))
        #expect(
            body.steps[1].input
                == .object([
                    TemplateMember("a", .reference(Reference(.step(0), [.member("x")]))),
                    TemplateMember(
                        "b",
                        .formula(Formula(try Expression("deviceId + one.y"), roots: [input("deviceId"), input("one")]))),
                ]))
        #expect(body.steps[1].condition == Formula(try Expression("size(input.user) > 1"), roots: [input("input")]))
        #expect(plan.sensitive == [input("secret")])
        #expect(body.sensitive == [input("input", "secret"), Reference(.step(0), [.member("token")])])
        #expect(workflow.plan(ofBody: "install") == body)
    }

    /// What the engine gives a child saga is what the body reads, however deep bodies stand in each other.
    @Test("Bodies in bodies get what they read, by the process that fills their input")
    func nested() throws {
        let plan = try workflow(
            steps: """
                  - one: { do: a.one, readonly: true }
                  - outer:
                      each: "${input.groups}"
                      as: group
                      steps:
                        - two: { do: a.two, readonly: true, with: { g: "${group.name}" } }
                        - inner:
                            each: "${group.items}"
                            as: part
                            steps:
                              - three:
                                  do: a.three
                                  readonly: true
                                  with:
                                    a: "${part.id}"
                                    b: "${group.name}"
                                    c: "${two.x}"
                                    d: "${one.y.z}"
                                    e: "${input.user}"
                                    f: "${part.id + group.name + one.y.z + input.user + two.x}"
                                    g: "${has(one.nothing)}"
                """
        ).plan
        let id = UUID(high: 1, low: 2)
        let time = Timestamp(microseconds: 0)
        let start: JSON = [
            "user": "U", "groups": [["name": "G", "items": [["id": "P"]], "more": 1]], "unused": true,
        ]
        let first = try run(plan, input: start, outputs: ["a.one": ["y": ["z": "Z"], "other": 1]], id, time)
        let outer = try #require(first.children.first)
        #expect(outer["unused"] == nil && outer["input"] == ["user": "U"] && outer["one"] == ["y": ["z": "Z"]])
        let outerPlan = try #require(plan.body(ofEach: "outer"))
        let second = try run(outerPlan, input: outer, outputs: ["a.two": ["x": "X"]], id, time)
        #expect(second.commands == [["g": "G"]])
        let inner = try #require(second.children.first)
        let innerPlan = try #require(plan.body(ofEach: "inner"))
        let third = try run(innerPlan, input: inner, outputs: [:], id, time)
        #expect(
            third.commands == [
                ["a": "P", "b": "G", "c": "X", "d": "Z", "e": "U", "f": "PGZUX", "g": false]
            ])
    }

    /// Takes a saga as far as it gets with these replies.
    private func run(
        _ plan: Plan, input: JSON, outputs: [String: JSON], _ id: UUID, _ time: Timestamp
    ) throws -> (commands: [JSON], children: [JSON]) {
        var process = SagaProcess(id: id, plan: plan, at: time)
        var messages = process.take(.started(queued: false), Array(input.text.utf8), at: time).taken.flatMap(\.messages)
        var found: (commands: [JSON], children: [JSON]) = ([], [])
        while !messages.isEmpty {
            switch messages.removeFirst() {
            case .command(let dispatch, let action, let body):
                found.commands.append(body)
                guard let output = outputs[action] else { continue }
                let reply = SagaEvent.replied(
                    step: dispatch.step, direction: .do, attempt: dispatch.attempt, reply: .done)
                messages += process.take(reply, Array(output.text.utf8), at: time).taken.flatMap(\.messages)
            case .startChild(_, _, let input): found.children.append(input)
            case .event, .undoChild, .listen, .stopListening: break
            }
        }
        return found
    }
}

extension [SagaCore.Reference] {
    /// Captures stand in the order of the text, of which these tests say nothing.
    fileprivate func reordered(like other: [SagaCore.Reference]) -> [SagaCore.Reference] {
        Set(self) == Set(other) && count == other.count ? other : self
    }
}
