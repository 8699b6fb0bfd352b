import Testing
import Workflows

/// Workflows of which each is right by itself. `‸` marks where the finding must point, and is taken out.
struct BadSet: Sendable, CustomStringConvertible {
    let code: Finding.Code
    let sources: [String]
    let place: String
    let says: String

    init(_ code: Finding.Code, _ marked: [String], says: String = "") {
        self.code = code
        self.says = says
        sources = marked.map { $0.replacing("‸", with: "") }
        let index = marked.firstIndex { $0.contains("‸") } ?? 0
        let before = marked[index].prefix { $0 != "‸" }
        let last = before.lastIndex(where: \.isNewline).map { before[before.index(after: $0)...] } ?? before[...]
        place = "\(index):\(before.count(where: \.isNewline) + 1):\(last.unicodeScalars.count + 1)"
    }

    var description: String { "\(code.rawValue) at \(place)" }

    private static func parent(_ top: String = "", step: String) -> String {
        "workflow: parent\nversion: 1\n\(top)\nsteps:\n  - call: \(step)\n"
    }

    private static func child(_ top: String = "", steps: String = "  - one: { do: a.one, undo: a.two }\n") -> String {
        "workflow: child\nversion: 1\n\(top)\nsteps:\n\(steps)"
    }

    private static let schema =
        "input: { type: object, required: [id], additionalProperties: false, properties: { id: { type: string }, n: { type: integer } } }"

    static let all: [BadSet] = [
        BadSet(.childNotThere, [parent(step: "{ run: ‸chidl }"), child()], says: "did you mean 'child'?"),
        BadSet(.childCircle, [parent(step: "{ run: ‸parent }")], says: "parent -> parent"),
        BadSet(
            .sensitiveInChild,
            [parent("sensitive: [input.pin]", step: "{ run: child, with: ‸{ a: \"${input.pin}\" } }"), child()],
            says: "sensitive: [input.a]"),
        BadSet(
            .sensitiveInChild,
            [parent(step: "{ run: ‸child }"), child("sensitive: [one.pin]\noutput: { a: { b: \"x${one.pin}\" } }")],
            says: "sensitive: [call.a.b]"),
        BadSet(
            .sensitiveInChild,
            [
                parent("sensitive: [call.a.c, input.a]", step: "{ run: ‸child }"),
                child("sensitive: [one.pin]\noutput: { n: 1, a: \"${one}\" }"),
            ], says: "sensitive: [call.a.pin]"),
        BadSet(
            .sensitiveInChild,
            [
                "workflow: parent\nversion: 1\nsteps:\n"
                    + BadFile.each("", body: "        - call: { run: ‸child, with: { id: \"${it}\" } }\n"),
                child("sensitive: [input.id]\noutput: \"${input}\""),
            ], says: "sensitive: [call.id]"),
        BadSet(
            .childPivotTooEarly,
            [parent(step: "{ run: ‸child }"), child(steps: "  - one: { do: a.one, pivot: true }\n")],
            says: "'pivot: true'"),
        BadSet(
            .childPivotTooEarly,
            [
                parent(step: "{ run: ‸child }"),
                child(
                    steps:
                        "  - one: { listen: { event: a.b, where: \"${event.a == 1}\" }, timeout: 1s, pivot: true }\n"),
            ]),
        BadSet(
            .childPivotTooEarly,
            [
                "workflow: parent\nversion: 1\nsteps:\n"
                    + BadFile.each(
                        "", body: "        - call: { run: ‸child, with: { id: \"${it}\" } }\n"),
                child(steps: "  - one: { do: a.one, pivot: true }\n"),
            ]),
        BadSet(.inputDoesNotFit, [parent(step: "{ run: ‸child }"), child(schema)], says: "/id: is required"),
        BadSet(
            .inputDoesNotFit, [parent(step: "{ run: child, with: ‸{ id: \"${input.a}\", ne: 1 } }"), child(schema)],
            says: "/ne: is not a known member"),
        BadSet(
            .inputDoesNotFit, [parent(step: "{ run: child, with: ‸{ id: a, n: \"x ${input.a}\" } }"), child(schema)],
            says: "/n: must be an integer"),
        BadSet(
            .inputDoesNotFit, [parent(step: "{ run: child, with: ‸{ id: 7 } }"), child(schema)],
            says: "/id: must be a string"),
        BadSet(
            .lockHeldByParent,
            [
                parent("locks: [\"user:${input.userId}\"]", step: "{ run: ‸child, with: { id: \"${input.userId}\" } }"),
                child("locks: [\"user:${input.id}\"]"),
            ], says: "user:${input.userId}"),
        BadSet(
            .lockHeldByParent,
            [parent("locks: [all]", step: "{ run: ‸child }"), child("locks: [all]")], says: "'all'"),
        BadSet(
            .lockHeldByParent,
            [
                parent("locks: [\"user:7\"]", step: "{ run: ‸child, with: { id: 7 } }"),
                child("locks: [\"user:${input.id}\"]"),
            ], says: "'user:7'"),
        BadSet(
            .lockHeldByParent,
            [
                "workflow: parent\nversion: 1\nlocks: [\"user:${input.user.id}\"]\nsteps:\n"
                    + BadFile.each(
                        "", body: "        - call: { run: ‸child, with: { id: \"${input.user}\", it: \"${it}\" } }\n"),
                child("locks: [\"user:${input.id.id}\"]"),
            ]),
        // By way of a third.
        BadSet(
            .lockHeldByParent,
            [
                parent("locks: [\"user:${input.userId}\"]", step: "{ run: ‸child, with: { id: \"${input.userId}\" } }"),
                child(steps: "  - one: { run: third, with: { key: \"user:${input.id}\" } }\n"),
                "workflow: third\nversion: 1\nlocks: [\"${input.key}\"]\nsteps: [{ last: { wait: 1s } }]\n",
            ], says: "'third'"),
    ]
}

@Suite("Workflows together")
struct TogetherTests {
    private func compiled(_ sources: [String]) throws -> [Workflow] {
        try sources.enumerated().map { try Workflow.compile($1, file: "\($0)") }
    }

    @Test("A bad set gives its one finding, at its place, with its way out", arguments: BadSet.all)
    func exactly(_ set: BadSet) throws {
        let all = Workflow.checkTogether(try compiled(set.sources))
        try #require(all.count == 1, "\(all.map(\.description).joined(separator: "\n"))")
        #expect(all[0].code == set.code, "\(all[0])")
        #expect("\(all[0].file):\(all[0].line):\(all[0].column)" == set.place, "\(all[0])")
        #expect((all[0].message + all[0].help).contains(set.says), "\(all[0])")
    }

    @Test("What a child gives may be sensitive where its parent calls it so, and is not if only its presence is told")
    func sensitiveOutput() throws {
        func set(_ sensitive: String, _ output: String) throws -> [Finding] {
            let parent = "workflow: parent\nversion: 1\nsensitive: [\(sensitive)]\nsteps: [{ call: { run: child } }]\n"
            let child =
                "workflow: child\nversion: 1\nsensitive: [one.pin]\noutput: \(output)\n"
                + "steps: [{ one: { do: a.one, undo: a.two } }]\n"
            return Workflow.checkTogether(try compiled([parent, child]))
        }
        let output = "{ a: { pin: \"${one.pin}\" } }"
        for hidden in ["call", "call.a", "call.a.pin"] { #expect(try set(hidden, output) == []) }
        #expect(try set("call.a.pin.more", output).count == 1)
        #expect(try set("input.x", "{ a: \"${has(one.pin)}\", b: \"${one.id}\" }") == [])
    }

    @Test("A circle is told to everyone in it, and to nobody who only leads to it")
    func circles() throws {
        func runs(_ name: String, _ other: String) -> String {
            "workflow: \(name)\nversion: 1\nsteps: [{ call-\(name): { run: \(other) } }]\n"
        }
        let all = Workflow.checkTogether(
            try compiled([runs("a", "b"), runs("b", "c"), runs("c", "a"), runs("d", "a")]))
        #expect(all.map(\.code) == [.childCircle, .childCircle, .childCircle])
        #expect(
            all.map { $0.message.split(separator: ": ").last.map(String.init) } == [
                "a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c",
            ])
    }

    @Test("The highest version of a child counts, in whatever order they are given")
    func versions() throws {
        let parent = "workflow: parent\nversion: 1\nsteps: [{ call: { run: child } }]\n"
        let old = "workflow: child\nversion: 9\nsteps: [{ one: { do: a.b, pivot: true } }]\n"
        let new = "workflow: child\nversion: 10\nsteps: [{ one: { do: a.b, undo: a.c } }]\n"
        #expect(Workflow.checkTogether(try compiled([parent, new, old])) == [])
        #expect(Workflow.checkTogether(try compiled([old, new, parent])) == [])
        #expect(Workflow.checkTogether(try compiled([old, parent])).map(\.code) == [.childPivotTooEarly])
    }

    @Test("Locks whose keys may differ are no finding")
    func otherLocks() throws {
        let child = "workflow: child\nversion: 1\nlocks: [\"user:${input.id}\"]\nsteps: [{ one: { wait: 1s } }]\n"
        for with in ["{ id: \"${input.other}\" }", "{ id: \"${input.userId + ''}\" }", "{}", "\"${input}\""] {
            let parent =
                "workflow: parent\nversion: 1\nlocks: [\"user:${input.userId}\"]\nsteps:\n"
                + "  - call: { run: child, with: \(with) }\n"
            #expect(Workflow.checkTogether(try compiled([parent, child])) == [], "\(with)")
        }
    }
}
