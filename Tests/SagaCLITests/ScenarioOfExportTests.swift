import Foundation
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

/// Sagas of an engine, exported, made into scenarios, and played by the program.
@Suite("A scenario that is made of an export") struct ScenarioOfExportTests {
    private static let purchase = """
        workflow: purchase
        version: 1
        input:
          type: object
          required: [user, card]
          properties: { user: { type: string }, card: { type: string } }
        sensitive: [input.card]
        defaults:
          retry: { attempts: 3, initial: 5ms, max: 20ms, timeout: 200ms }
          undoRetry: { attempts: 3, initial: 5ms, max: 20ms, timeout: 200ms }
        steps:
          - order: { do: shop.order, undo: shop.cancel, with: { user: "${input.user}" } }
          - both:
              parallel:
                - stock: { do: stock.take, undo: stock.give }
                - van: { do: van.book, undo: van.unbook }
          - charge: { do: money.take, undo: money.give, with: { card: "${input.card}", order: "${order.id}" }, onUnknown: probe }
          - ship: { do: parcel.ship, pivot: true, onUnknown: incident }
          - tell: { do: mail.tell, with: { parcel: "${ship.id}" } }
        output: { parcel: "${ship.id}", order: "${order.id}" }
        """

    private static let waiting = """
        workflow: waiting
        version: 1
        input: { type: object, required: [order], properties: { order: { type: string } } }
        steps:
          - ask: { do: bank.ask, undo: bank.forget }
          - agrees: { approval: { role: finance, title: "May it?" }, timeout: 1d }
          - paid: { listen: [{ event: payment.made, where: "${event.order == input.order}" }, { event: payment.failed, where: "${event.order == input.order}", reject: no-money }], timeout: 1d }
          - done: { do: bank.close, pivot: true }
        """

    private static let list = """
        workflow: list
        version: 1
        input: { type: object, required: [items], properties: { items: { type: array, items: { type: integer } } } }
        steps:
          - all:
              each: "${input.items}"
              as: item
              steps:
                - take: { do: stock.take, undo: stock.give }
          - ship: { do: parcel.ship, pivot: true }
        """

    /// Files of one test, until they are removed.
    private struct Place {
        let folder: URL
        let api: TestAPI

        /// Exports a saga and makes a scenario of it, with the workflow beside it.
        func make(_ id: String, of source: String, _ name: String) async throws -> (made: Run, text: String) {
            let export = path("export.json")
            try? FileManager.default.removeItem(atPath: export)
            let exported = try await saga("export", id, "--to", export, environment: api.environment)
            #expect(exported.status == 0, "\(exported.errors)")
            try Data(source.utf8).write(to: URL(fileURLWithPath: path("\(name).yaml")))
            let scenario = path("made.test.yaml")
            try? FileManager.default.removeItem(atPath: scenario)
            let made = try await saga("test", "--from", export, "--to", scenario, environment: [:])
            return (made, (try? String(contentsOfFile: scenario, encoding: .utf8)) ?? "")
        }

        /// Plays it, with the workflow as it is or changed.
        func play(_ name: String, as source: String? = nil) async throws -> Run {
            if let source { try Data(source.utf8).write(to: URL(fileURLWithPath: path("\(name).yaml"))) }
            return try await saga("test", path("made.test.yaml"), environment: [:])
        }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    }

    private func with(
        _ bus: ScriptedBus, _ sources: String..., body: @escaping @Sendable (Place) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("saga-made-\(SagaValues.UUID.v7())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await TestAPI.run(bus: bus) { api in
            for source in sources { try await api.deploy(source) }
            try await body(Place(folder: folder, api: api))
        }
    }

    private static func look(_ api: TestAPI, _ id: SagaValues.UUID) async throws -> SagaListItem {
        let shown = try await saga("show", "\(id)", "--json", environment: api.environment)
        return try JSONValueDecoder.decode(SagaDetail.self, from: try JSON(parsing: shown.output)).saga
    }

    private static func end(_ api: TestAPI, _ id: SagaValues.UUID) async throws -> String {
        try await eventually("\(id) has ended") { try await look(api, id).endedAt != nil }
        return try await look(api, id).status
    }

    private static func ask(_ api: TestAPI, _ arguments: String...) async throws -> Bool {
        try await saga(arguments + ["--reason", "fine"], environment: api.environment).status == 0
    }

    /// What participants say to the attempts of an action, one after the other; the last to all that follow.
    private static func saying(_ words: [String: [ScriptedBus.Answer]]) -> @Sendable (Command) -> ScriptedBus.Answer {
        { command in
            let probe = "\(command.id)".hasSuffix(".probe") ? "probe " : ""
            guard let answers = words[probe + command.action] else {
                return command.action == "shop.order" ? .done(#"{"id":"o-1"}"#) : .done(#"{"id":"p-1"}"#)
            }
            return answers[min(command.attempt - 1, answers.count - 1)]
        }
    }

    private struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String: [ScriptedBus.Answer]]
        let status: String
        /// What stands in the file.
        let says: [String]
        /// A change of the workflow with which it ends otherwise.
        let change: (String, String)
    }

    private static let kinds = [
        Kind(
            testDescription: "all goes well", words: [:], status: "completed",
            says: ["order: { done: { \"id\": \"o-1\" } }", "do tell"],
            change: ("- tell: { do: mail", "- say: { do: mail")),
        Kind(
            testDescription: "refused", words: ["money.take": [.rejected("no-money")]], status: "compensated",
            says: ["charge: { rejected: \"no-money\" }", "step: charge", "undo stock"],
            change: ("  - charge:", "  - charge-later: { do: a.b, undo: a.c }\n  - charge:")),
        Kind(
            testDescription: "not now, and then", words: ["stock.take": [.retry, .retry, .done()]], status: "completed",
            says: ["stock: [retry, retry, done"],
            change: ("attempts: 3, initial: 5ms, max: 20ms, timeout", "attempts: 2, initial: 5ms, max: 20ms, timeout")),
        Kind(
            testDescription: "a lost reply", words: ["van.book": [.silence, .done()]], status: "completed",
            says: ["van: [silence, done"],
            change: ("attempts: 3, initial: 5ms, max: 20ms, timeout", "attempts: 1, initial: 5ms, max: 5ms, timeout")),
        Kind(
            testDescription: "nobody knows, and a probe says no",
            words: ["money.take": [.unknown], "probe money.take": [.rejected("never-seen")]], status: "compensated",
            says: ["charge: unknown\n", "probe charge: { rejected: \"never-seen\" }"],
            change: ("onUnknown: probe", "onUnknown: undo")),
        Kind(
            testDescription: "undone at the second attempt",
            words: ["parcel.ship": [.rejected("no-address")], "money.give": [.retry, .done()]], status: "compensated",
            says: ["undo charge: [retry, done"], change: ("undoRetry: { attempts: 3", "undoRetry: { attempts: 1")),
    ]

    @Test(
        "plays what was replied and comes to the same end; with a workflow that ends otherwise it fails",
        arguments: kinds)
    private func kind(_ kind: Kind) async throws {
        try await with(ScriptedBus(Self.saying(kind.words)), Self.purchase) { place in
            let id = try await place.api.start("purchase", ["user": "ann", "card": "4111"], key: "k")
            #expect(try await Self.end(place.api, id) == kind.status)
            let (made, text) = try await place.make("\(id)", of: Self.purchase, "purchase")
            #expect(made.status == 0, "\(made.errors)\n\(text)")
            for word in kind.says + ["id: \(id)", "ending: \(kind.status)"] {
                #expect(text.contains(word), "\(word) is not in it:\n\(text)")
            }
            #expect(!text.contains("4111") && made.errors.contains("masked"), "what is sensitive stays masked")
            let played = try await place.play("purchase")
            #expect(played.status == 0, "\(played.output)")
            let changed = Self.purchase.replacing(kind.change.0, with: kind.change.1)
            #expect(changed != Self.purchase)
            let other = try await place.play("purchase", as: changed)
            #expect(other.status == 1, "\(other.output)")
        }
    }

    @Test("a person's retry and consent, and events, happen when they happened")
    func persons() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .unknown : .done(#"{"id":"x"}"#) }
        try await with(bus, Self.purchase, Self.waiting) { place in
            let api = place.api
            let held = try await api.start("purchase", ["user": "ann", "card": "4111"], key: "k")
            try await eventually("it waits for a person") {
                try await Self.look(api, held).hasOpenIncident
            }
            let (stuck, told) = try await place.make("\(held)", of: Self.purchase, "purchase")
            #expect(stuck.status == 0 && told.contains("ending: held"), "\(stuck.errors)\n\(told)")
            #expect(told.contains("incidents: [ship unknown]") && told.contains("until: "))
            bus.answer { _ in .done(#"{"id":"p-1"}"#) }
            #expect(try await Self.ask(api, "retry", "\(held)"))
            #expect(try await Self.end(api, held) == "completed")
            let (retried, text) = try await place.make("\(held)", of: Self.purchase, "purchase")
            #expect(retried.status == 0 && text.contains("retry: ship"), "\(retried.errors)\n\(text)")
            #expect(try await place.play("purchase").status == 0)

            for (event, status) in [("payment.made", "completed"), ("payment.failed", "compensated")] {
                let id = try await api.start("waiting", ["order": "o1"], key: event)
                try await eventually("it waits for consent") { try await Self.ask(api, "approve", "\(id)") }
                #expect(try await Self.ask(api, "signal", "\(id)", event, "--body", #"{"order":"o1"}"#))
                #expect(try await Self.end(api, id) == status)
                let (made, text) = try await place.make("\(id)", of: Self.waiting, "waiting")
                #expect(made.status == 0, "\(made.errors)\n\(text)")
                for word in ["approve: agrees", "event: \"\(event)\"", "\"order\": \"o1\""] {
                    #expect(text.contains(word), "\(text)")
                }
                #expect(try await place.play("waiting").status == 0)
                let later = Self.waiting.replacing("payment.", with: "bill.")
                #expect(try await place.play("waiting", as: later).status == 1)
            }
        }
    }

    @Test("a person has it undone while a command is out; that it was paused is said, and makes no difference")
    func halted() async throws {
        try await with(ScriptedBus { $0.action == "money.take" ? .silence : .done(#"{"id":"x"}"#) }, Self.slow) {
            place in
            let api = place.api
            for (verbs, status) in [(["compensate"], "compensated"), (["pause", "resume"], "completed")] {
                api.bus.answer { $0.action == "money.take" ? .silence : .done(#"{"id":"x"}"#) }
                let id = try await api.start("slow", key: status)
                try await eventually("it is charged") {
                    try await saga("history", "\(id)", environment: api.environment).output.contains("reserve")
                }
                for verb in verbs { #expect(try await Self.ask(api, verb, "\(id)")) }
                api.bus.answer { _ in .done(#"{"id":"x"}"#) }
                api.bus.answerPending()
                #expect(try await Self.end(api, id) == status)
                let (made, text) = try await place.make("\(id)", of: Self.slow, "slow")
                #expect(made.status == 0, "\(made.errors)\n\(text)")
                let words =
                    status == "completed" ? ["paused it for a while"] : ["compensate: \"fine\"", "kind: cancelled"]
                for word in words { #expect(text.contains(word), "\(text)") }
                #expect(try await place.play("slow").status == 0)
            }
        }
    }

    private static let slow = """
        workflow: slow
        version: 1
        steps:
          - reserve: { do: stock.reserve, undo: stock.release }
          - charge: { do: money.take, undo: money.give }
          - ship: { do: parcel.ship, pivot: true }
        """

    @Test("what a scenario cannot tell is said, and it ends before that; items are taken for done")
    func untold() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .unknown : .done(#"{"id":"x"}"#) }
        try await with(bus, Self.purchase, Self.list) { place in
            let api = place.api
            let id = try await api.start("purchase", ["user": "ann", "card": "4111"], key: "k")
            try await eventually("it waits for a person") {
                try await Self.look(api, id).hasOpenIncident
            }
            #expect(
                try await Self.ask(
                    api, "resolve", "\(id)", "--step", "ship", "--as", "done", "--output", #"{"id":"by hand"}"#))
            #expect(try await Self.end(api, id) == "completed")
            let (made, text) = try await place.make("\(id)", of: Self.purchase, "purchase")
            #expect(made.status == 0 && text.contains("ending: held"), "\(made.errors)\n\(text)")
            for told in [made.errors, text] { #expect(told.contains("a person said what became of ship"), "\(told)") }
            #expect(try await place.play("purchase").status == 0)

            bus.answer { _ in .done(#"{"id":"x"}"#) }
            let parent = try await api.start("list", ["items": [.number("1"), .number("2")]], key: "k")
            #expect(try await Self.end(api, parent) == "completed")
            let (listed, items) = try await place.make("\(parent)", of: Self.list, "list")
            #expect(
                listed.status == 0 && items.contains("each item of all is a saga of its own"),
                "\(listed.errors)\n\(items)")
            let children = try await saga(
                "list", "--parent", "\(parent)", "--children", "--json", environment: api.environment)
            let page = try JSONValueDecoder.decode(SagaPage.self, from: try JSON(parsing: children.output))
            let (item, none) = try await place.make("\(try #require(page.sagas.first).id)", of: Self.list, "list")
            #expect(item.status == 1 && none.isEmpty && item.errors.contains("take the saga that it is a part of"))
        }
    }

    @Test("an input that fits no more, since it is masked, is said; wrong calls are refused, and no file is replaced")
    func masked() async throws {
        let source = Self.purchase.replacing(
            "card: { type: string }", with: "card: { type: string, pattern: '^[0-9]+$' }")
        try await with(ScriptedBus(Self.saying([:])), source) { place in
            let id = try await place.api.start("purchase", ["user": "ann", "card": "4111"], key: "k")
            _ = try await Self.end(place.api, id)
            let (made, text) = try await place.make("\(id)", of: source, "purchase")
            #expect(made.status == 1 && made.errors.contains("cannot be played as it is"), "\(made.errors)")
            #expect(made.errors.contains("[SAGA-") && text.contains("***"))
            // Put in what fits, it is the test that it was to be.
            let path = place.path("made.test.yaml")
            try Data(text.replacing("***", with: "4222").utf8).write(to: URL(fileURLWithPath: path))
            #expect(try await place.play("purchase").status == 0)

            let export = place.path("export.json")
            let printed = try await saga("test", "--from", export, environment: [:])
            #expect(printed.output.hasPrefix("# Made of saga \(id)") && printed.output.hasSuffix("\n"))
            for arguments in [
                ["--from", export, "--to", path], ["--from", export, "--to", place.path("x.yaml")],
                ["--from", export, path], ["--to", path], ["--saga", "\(id)", path], [],
            ] {
                #expect(try await saga(["test"] + arguments).status == 64, "\(arguments)")
            }
            let other = try await saga("test", "--from", export, "--saga", "\(SagaValues.UUID.v7())", environment: [:])
            #expect(other.status == 1 && other.errors.contains("there is no saga"))
        }
    }
}
