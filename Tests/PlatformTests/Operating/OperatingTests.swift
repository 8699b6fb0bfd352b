import Foundation
import SagaAPI
import SagaValues
import TestSupport
import Testing

extension OneAtATime {
    /// What people do with workflows and sagas, on real servers.
    @Suite("People at work", .serialized) struct OperatingTests {
        private static let trip = """
            workflow: trip
            version: 1
            input: { type: object, properties: { place: { type: string } } }
            steps:
              - book: { do: shop.make, undo: shop.unmake-late, undoRetry: { attempts: 5, initial: 1h, max: 1h } }
              - hotel: { do: shop.make, undo: shop.unmake }
              - boss: { approval: { role: boss, title: "Go?" }, timeout: 7d }
              - pay: { do: shop.refuse, pivot: true }
              - tell: { do: shop.make, readonly: true }
            """

        private static func version(_ number: Int, _ changes: (String, String)...) -> String {
            changes.reduce(trip.replacing("version: 1", with: "version: \(number)")) { text, change in
                text.replacing(change.0, with: change.1)
            }
        }

        @Test("draw a saga that runs, and one on its way back, coloured by state")
        func draw() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("trip.yaml", Self.trip)
                let id = try await orchestra.start("trip")
                try await orchestra.waits(id, at: ["boss"])
                func drawn(_ format: String) async throws -> String {
                    let said = try await orchestra.saga("draw", "\(id)", "--format", format, "--plain")
                    try #require(said.status == 0, said.comment)
                    return said.output
                }
                func line(_ text: String, _ name: String) -> String {
                    text.split(separator: "\n").first { $0.contains(" \(name)<") || $0.contains(" \(name)\\n") }
                        .map(String.init) ?? ""
                }
                let running = try await drawn("mermaid")
                #expect(running.contains("flowchart TB") && running.contains("saga \(id), running"))
                #expect(line(running, "book").contains("✓ book") && line(running, "boss").contains("◷ boss"))
                #expect(line(running, "pay").contains("○ pay") && !running.contains("-.->"), "nothing goes back")

                #expect(try await orchestra.saga("approve", "\(id)", "--reason", "r").status == 0)
                try await eventually("it is on its way back", every: .milliseconds(50)) {
                    let phases = try await orchestra.phases(id)
                    return phases["hotel"] == "undone" && phases["book"] == "reundoing"
                }
                let back = try await drawn("mermaid")
                #expect(back.contains("compensating: rejected at pay"))
                for (name, symbol) in [("book", "↶"), ("hotel", "↩"), ("pay", "✕"), ("tell", "○")] {
                    #expect(line(back, name).contains("\(symbol) \(name)"), "\(back)")
                }
                func node(_ name: String) -> String {
                    String(line(back, name).trimmingPrefix { $0 == " " }.prefix { $0.isLetter || $0.isNumber })
                }
                let way = back.split(separator: "\n").filter { $0.contains("-.->") }.map { $0.trimmingPrefix("  ") }
                #expect(
                    way.sorted() == ["\(node("hotel")) -.-> \(node("book"))", "\(node("pay")) -.-> \(node("hotel"))"])
                // Each state has its colour, and that of another is another.
                var colours: Set<String> = []
                for (name, state) in [
                    ("book", "undoing"), ("hotel", "undone"), ("pay", "failed"), ("tell", "notReached"),
                ] {
                    let members = back.split(separator: "\n").first {
                        $0.hasPrefix("  class n") && $0.hasSuffix(" \(state)")
                    }
                    let ids = members?.split(separator: " ")[1].split(separator: ",").map(String.init) ?? []
                    #expect(ids.contains(node(name)), "\(name) is \(state): \(back)")
                    let style = back.split(separator: "\n").first { $0.hasPrefix("  classDef \(state) fill:#") }
                    if let style { colours.insert(String(style.split(separator: ":")[1].prefix(7))) }
                }
                #expect(colours.count == 4, "\(back)")
                let dot = try await drawn("dot")
                #expect(dot.hasPrefix("digraph") && dot.contains("✕ pay") && dot.contains("↶ book"))
                #expect(dot.contains("style=dashed") && dot.contains("fillcolor"))
                let svg = try await drawn("svg")
                #expect(svg.hasPrefix("<svg") && svg.contains("↩") && svg.contains("stroke-dasharray"))
                #expect(svg.contains("</svg>") && svg.contains("role=\"img\""))

                let file = "\(orchestra.folder)/drawing.mmd"
                let written = try await orchestra.saga("draw", "\(id)", "-o", file)
                #expect(written.status == 0 && written.output.isEmpty)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == back)
                let gone = try await orchestra.saga("draw", "\(SagaValues.UUID.v7())")
                #expect(gone.status == 1 && gone.errors.contains("SAGA-0203"), gone.comment)
            }
        }

        @Test("ask whether a saga could move to another version, hear why not, and have it move")
        func migrate() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("trip.yaml", Self.trip)
                let id = try await orchestra.start("trip", #"{"place":"Rome"}"#)
                try await orchestra.waits(id, at: ["boss"])
                let fits = Self.version(2, ("tell: { do: shop.make", "tell: { do: shop.make, with: { n: 2 }"))
                try await orchestra.deploy("two.yaml", fits)
                let other = Self.version(3, ("undo: shop.unmake }", "undo: shop.unmake-late }"))
                try await orchestra.deploy("three.yaml", other)
                try await orchestra.deploy(
                    "four.yaml", Self.version(4, ("place: { type: string }", "place: { type: integer }")))
                func ask(_ version: Int, _ more: String...) async throws -> Orchestra.Said {
                    try await orchestra.saga("migrate", "\(id)", "--to", "\(version)", "--dry-run")
                }
                let before = try await orchestra.saga("history", "\(id)")
                let yes = try await ask(2)
                #expect(yes.status == 0 && yes.lines.first == "It can move.", yes.comment)
                #expect(yes.lines.contains("'book' stays done.") && yes.lines.contains("'boss' stays listening."))
                let no = try await ask(3)
                #expect(no.status == 1 && no.lines.first == "It cannot move:", no.comment)
                #expect(no.lines.count == 3 && no.lines[1].contains("'hotel'"), no.comment)
                let misfit = try await ask(4)
                #expect(
                    misfit.status == 1 && misfit.output.contains("The input may not be one of version 4"),
                    misfit.comment)
                let json = try await orchestra.saga("migrate", "\(id)", "--to", "3", "--dry-run", "--json")
                let view = try json.decode(MigrationView.self)
                #expect(json.status == 1 && !view.isPossible && view.from == 1 && view.to == 3)
                #expect(view.lines == no.lines.dropLast())
                let unknown = try await ask(9)
                #expect(unknown.status == 1 && unknown.errors.contains("version 9 of trip"), unknown.comment)
                let unreasoned = try await orchestra.saga("migrate", "\(id)", "--to", "2")
                #expect(unreasoned.status == 64 && unreasoned.errors.contains("--reason"), unreasoned.comment)
                #expect(try await orchestra.saga("history", "\(id)").output == before.output)
                let real = try await orchestra.saga("migrate", "\(id)", "--to", "2", "--reason", "r")
                #expect(real.status == 0, real.comment)
                let moved = try await orchestra.saga("history", "\(id)")
                #expect(moved.lines.count > before.lines.count && moved.output.contains("migrated"), moved.comment)
            }
        }

        @Test("compare two files, and a file with a deployed version")
        func diff() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("trip.yaml", Self.trip)
                let old = try orchestra.file("old.yaml", Self.trip)
                let new = try orchestra.file(
                    "new.yaml",
                    Self.version(
                        2, ("undo: shop.unmake }", "undo: shop.take-back }"),
                        ("properties: { place", "required: [place], properties: { place"), ("role: boss", "role: ceo")))
                for names in [(old, new), ("trip@1", new)] {
                    let said = try await orchestra.saga("workflow", "diff", names.0, names.1)
                    #expect(said.status == 0, said.comment)
                    #expect(said.lines.first == "trip, version 1 -> trip, version 2")
                    #expect(said.output.contains("~ hotel\n  undo: shop.unmake -> shop.take-back"), said.comment)
                    #expect(said.output.contains("boss -> ceo"), said.comment)
                    #expect(said.lines.last?.contains("place") == true, said.comment)
                }
                let same = try await orchestra.saga("workflow", "diff", "trip@1", old)
                #expect(same.lines.contains("They mean the same."), same.comment)
                let json = try await orchestra.saga("workflow", "diff", "trip@1", new, "--json").json()
                #expect(json["new"]?["version"] == 2 && json["changes"]?.arrayValue?.isEmpty == false)
                #expect(
                    json["changes"]?.arrayValue?.contains { $0["step"] == "hotel" && $0["aspect"] == "undo" } == true)
                for wrong in ["trip@7", "nothing.yaml", "nobody@1"] {
                    let said = try await orchestra.saga("workflow", "diff", wrong, new)
                    #expect(said.status != 0 && said.output.isEmpty && !said.errors.isEmpty, said.comment)
                }
            }
        }

        @Test(
            "cannot deploy what is wrong: each finding with its place, by the command and by the API, and nothing is kept"
        )
        func badDefinition() async throws {
            try await Orchestra.play { orchestra in
                let pivots = Self.version(1, ("hotel: { do: shop.make,", "hotel: { do: shop.make, pivot: true,"))
                let bad = [
                    ("syntax.yaml", "workflow: [\n"),
                    ("names.yaml", Self.version(1, ("do: shop.refuse", "doo: shop.refuse"))),
                    ("pivots.yaml", pivots),
                ]
                for (name, text) in bad {
                    let said = try await orchestra.saga("workflow", "deploy", try orchestra.file(name, text))
                    #expect(said.status == 1 && said.output.isEmpty, said.comment)
                    #expect(said.errors.contains("\(name):") && said.errors.contains("[SAGA-0205]"), said.comment)
                    let checked = try await orchestra.saga("check", "--rules-only", "\(orchestra.folder)/\(name)")
                    #expect(checked.status == 1, checked.comment)
                }
                let (status, body) = try await orchestra.request("GET", "/v1/workflows")
                #expect(status == 200 && body["workflows"] == [])
                #expect(try await orchestra.number("SELECT count(*) FROM workflow_versions") == 0)
            }
        }

        @Test("give and refuse consent, by the command and by the API; too early, twice and elsewhere is 409")
        func approvals() async throws {
            let plan = """
                workflow: leave
                version: 1
                steps:
                  - first: { do: slow.make, undo: slow.unmake, timeout: 1h }
                  - boss: { approval: { role: boss, title: "Go?" }, timeout: 7d }
                """
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("trip.yaml", Self.trip.replacing("do: shop.refuse", with: "do: shop.make"))
                try await orchestra.deploy("leave.yaml", plan)
                let early = try await orchestra.start("leave")
                try await orchestra.waits(early, at: ["first"])
                for verb in ["approve", "refuse"] {
                    let said = try await orchestra.saga(verb, "\(early)", "--reason", "r", "--step", "boss")
                    #expect(said.status == 1 && said.errors.contains("[SAGA-0209]"), said.comment)
                    let (status, body) = try await orchestra.request(
                        "POST", "/v1/sagas/\(early)/\(verb)", #"{"reason":"r"}"#)
                    #expect(status == 409 && body["code"] == "SAGA-0209")
                }
                #expect(try await orchestra.phases(early) == ["first": "doing", "boss": "waiting"])

                let given = try await orchestra.start("trip")
                try await orchestra.waits(given, at: ["boss"])
                let elsewhere = try await orchestra.saga("approve", "\(given)", "--reason", "r", "--step", "hotel")
                #expect(elsewhere.status == 1 && elsewhere.errors.contains("[SAGA-0209]"), elsewhere.comment)
                let stale = try await orchestra.saga("approve", "\(given)", "--reason", "r", "--revision", "1")
                #expect(stale.status == 1 && stale.errors.contains("[SAGA-0208]"), stale.comment)
                let mute = try await orchestra.saga("approve", "\(given)", "--reason", "")
                #expect(mute.status == 1 && mute.errors.contains("[SAGA-0201]"), mute.comment)
                let said = try await orchestra.saga("approve", "\(given)", "--reason", "fine", "--json")
                let answer = try said.decode(OperatorAnswer.self)
                #expect(said.status == 0 && answer.id == given, said.comment)
                let (again, problem) = try await orchestra.request(
                    "POST", "/v1/sagas/\(given)/approve", #"{"reason":"r","step":"boss"}"#)
                #expect(again == 409 && problem["code"] == "SAGA-0209")
                #expect(try await orchestra.saga("watch", "\(given)").status == 0)
                let history = try await orchestra.saga("history", "\(given)", "--json")
                let consent = history.lines.filter { $0.contains("\"boss\"") && $0.contains("\"fine\"") }
                #expect(consent.count == 1, history.comment)

                let refused = try await orchestra.start("trip")
                try await orchestra.waits(refused, at: ["boss"])
                let (status, body) = try await orchestra.request(
                    "POST", "/v1/sagas/\(refused)/refuse", #"{"reason":"too dear","step":"boss"}"#)
                #expect(status == 200 && body["id"]?.stringValue == "\(refused)")
                let twice = try await orchestra.saga("refuse", "\(refused)", "--reason", "r")
                #expect(twice.status == 1 && twice.errors.contains("[SAGA-0209]"), twice.comment)
                try await eventually("it is on its way back", every: .milliseconds(50)) {
                    try await orchestra.phases(refused)["hotel"] == "undone"
                }
                let detail = try await orchestra.saga("show", "\(refused)", "--json").decode(SagaDetail.self)
                #expect(detail.failure?.code == "not-approved" && detail.failure?.message == "too dear")
            }
        }
    }
}
