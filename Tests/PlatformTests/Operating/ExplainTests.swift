import SagaAPI
import SagaValues
import TestSupport
import Testing

extension OneAtATime {
    /// `saga explain` on real servers: every shape that waiting has, as text and as JSON.
    @Suite("What saga explain says", .serialized) struct ExplainTests {
        private static let waits = """
            workflow: waits
            version: 1
            deadline: 10d
            steps:
              - made: { do: shop.make, undo: shop.unmake }
              - all:
                  parallel:
                    - flight: { do: slow.make, undo: slow.unmake, timeout: 1h }
                    - backoff: { do: shop.busy, undo: shop.unmake, retry: { attempts: 3, initial: 1h, max: 1h } }
                    - pause: { wait: 3d }
                    - nobody: { do: away.make, undo: away.unmake }
            """
        private static let asks = """
            workflow: asks
            version: 1
            input: { type: object, required: [order], properties: { order: { type: string } } }
            steps:
              - all:
                  parallel:
                    - heard:
                        listen:
                          - { event: order.paid, where: "${event.order == input.order}" }
                          - { event: order.lost, where: "${event.order == input.order && event.sure}", reject: lost }
                        timeout: 5d
                    - agreed: { approval: { role: finance, title: "Pay for ${input.order}?" }, timeout: 7d }
                    - child: { run: inner, with: { order: "${input.order}" } }
            """
        private static let inner = """
            workflow: inner
            version: 1
            input: { type: object, required: [order], properties: { order: { type: string } } }
            steps:
              - hold: { approval: { role: boss, title: "Hold ${input.order}?" }, timeout: 7d }
            """
        private static let held = """
            workflow: held
            version: 1
            steps:
              - pay: { do: shop.make, pivot: true }
              - ship: { do: shop.refuse }
            """
        private static let line = """
            workflow: line
            version: 1
            input: { type: object, required: [user], properties: { user: { type: string } } }
            locks: ["user:${input.user}", "all"]
            onBusy: queue
            steps:
              - agreed: { approval: { role: boss, title: "Next?" }, timeout: 7d }
            """

        private func explain(
            _ orchestra: Orchestra, _ id: SagaValues.UUID
        ) async throws -> (view: ExplanationView, lines: [String]) {
            let (text, json) = (
                try await orchestra.saga("explain", "\(id)"), try await orchestra.saga("explain", "\(id)", "--json")
            )
            try #require(text.status == 0 && json.status == 0, text.comment)
            let view = try json.decode(ExplanationView.self)
            #expect(view.id == id && view.lines.count == text.lines.count)
            for wait in view.waits {
                #expect(wait.since != nil, "since when is known of \(wait.kind)")
                #expect(text.output.contains(wait.kind == "locks" ? "lock keys" : "'\(wait.step ?? "")' "))
            }
            return (view, text.lines)
        }

        private func legal(_ view: ExplanationView) -> [String] {
            view.verbs.filter(\.isLegal).map { "\($0.verb) \($0.step ?? "-") \($0.role ?? "-")" }
        }

        /// Of every saga that has not ended.
        private let halts = ["pause - -", "abandon - -"]

        @Test("a command in flight, backoff, time, a participant that is not there, and the deadline")
        func attempts() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("waits.yaml", Self.waits)
                let id = try await orchestra.start("waits")
                try await orchestra.waits(id, at: ["flight", "backoff", "pause", "nobody"])
                try await eventually("each is at its place", every: .milliseconds(50)) {
                    let phases = try await orchestra.phases(id)
                    return phases["backoff"] == "retrying" && phases["nobody"] == "retrying"
                }
                let (view, lines) = try await explain(orchestra, id)
                let waits = Dictionary(uniqueKeysWithValues: view.waits.map { ($0.step ?? "", $0) })
                let flight = try #require(waits["flight"])
                #expect(flight.kind == "reply" && flight.participant == "slow" && flight.attempt == 1)
                #expect(flight.direction == "do" && flight.until != nil)
                #expect(flight.answers.map(\.occasion) == ["If it is done", "If it is refused"])
                #expect(lines.contains { $0.hasPrefix("'flight' waits for slow's answer to attempt 1, for ") })
                let backoff = try #require(waits["backoff"])
                #expect(backoff.kind == "next-attempt" && backoff.attempt == 1 && backoff.answers.isEmpty)
                #expect(lines.contains { $0.hasPrefix("'backoff' pauses after attempt 1, for ") })
                let pause = try #require(waits["pause"])
                #expect(pause.kind == "time")
                #expect((try #require(pause.until)) - (try #require(pause.since)) == .seconds(3 * 86_400))
                #expect(lines.contains { $0.hasPrefix("'pause' lets time pass, for ") })
                #expect(waits["nobody"]?.kind == "participant" && waits["nobody"]?.participant == "away")
                #expect(lines.contains { $0.hasPrefix("'nobody' waits for away, which takes no commands at present") })
                #expect(view.deadline != nil && lines.contains { $0.hasPrefix("Its deadline is in 9d23h") })
                #expect(view.next != nil && lines.contains { $0.hasPrefix("If nothing comes, in ") })
                #expect(legal(view) == ["compensate - -", "retry backoff -", "retry nobody -"] + halts)
                let objection = try #require(view.verbs.first { $0.verb == "retry" && $0.step == "flight" })
                #expect(objection.objection?.hasPrefix("'flight' is doing") == true && objection.outlook == nil)
            }
        }

        @Test("events and what they are found by, consent with its role, and a child with its id")
        func elsewhere() async throws {
            try await Orchestra.play { orchestra in
                for (name, text) in [("inner.yaml", Self.inner), ("asks.yaml", Self.asks)] {
                    try await orchestra.deploy(name, text)
                }
                let id = try await orchestra.start("asks", #"{"order":"o-1"}"#)
                try await orchestra.waits(id, at: ["heard", "agreed", "child"])
                let list = try await orchestra.saga("list", "--parent", "\(id)", "--json").decode(SagaPage.self)
                let child = try #require(list.sagas.first?.id)
                let (view, lines) = try await explain(orchestra, id)
                let waits = Dictionary(uniqueKeysWithValues: view.waits.map { ($0.step ?? "", $0) })
                let events = try #require(waits["heard"]?.events)
                #expect(
                    events.map(\.event) == ["order.paid", "order.lost"] && events.map(\.path) == ["order", "order"])
                #expect(events.map(\.value) == ["o-1", "o-1"] && events.map(\.rejection) == [nil, "lost"])
                #expect(lines.contains(#"  order.paid, where order is input.order ("o-1")."#), "\(lines)")
                #expect(lines.contains { $0.hasPrefix("  order.lost, where") && $0.hasSuffix("fails the step: lost.") })
                let agreed = try #require(waits["agreed"])
                #expect(agreed.kind == "approval" && agreed.role == "finance" && agreed.question == "Pay for o-1?")
                #expect(lines.contains(#"  It asks: "Pay for o-1?"."#))
                #expect(lines.contains { $0.hasPrefix("Possible: approve 'agreed' (for finance): ") })
                #expect(lines.contains { $0.hasPrefix("Possible: refuse 'agreed' (for finance): ") })
                #expect(waits["child"]?.kind == "children" && waits["child"]?.children == [child])
                #expect(lines.contains("  It is saga \(child)."))
                #expect(legal(view) == ["compensate - -", "approve agreed finance", "refuse agreed finance"] + halts)

                // What it says is legal can be done, by what it names; and the child says for itself what it waits for.
                let inside = try await explain(orchestra, child)
                #expect(inside.view.waits.map(\.role) == ["boss"])
                #expect(try await orchestra.saga("approve", "\(child)", "--reason", "r").status == 0)
                #expect(try await orchestra.saga("approve", "\(id)", "--reason", "r").status == 0)
                try await orchestra.bound(to: "order.paid")
                try await orchestra.publish("order.paid", #"{"order":"o-1"}"#, id: "e-1")
                #expect(try await orchestra.saga("watch", "\(id)").status == 0)
                let ended = try await explain(orchestra, id)
                #expect(ended.view.waits.isEmpty && legal(ended.view).isEmpty && ended.lines[0] == "It is completed.")
            }
        }

        @Test("who holds the lock keys and which place it has; and a person, where one is needed")
        func lineAndPerson() async throws {
            try await Orchestra.play { orchestra in
                try await orchestra.deploy("line.yaml", Self.line)
                try await orchestra.deploy("held.yaml", Self.held)
                var ids: [SagaValues.UUID] = []
                for user in ["u1", "u1", "u2"] {
                    ids.append(try await orchestra.start("line", #"{"user":"\#(user)"}"#))
                }
                let (view, lines) = try await explain(orchestra, ids[2])
                #expect(view.status == "queued" && view.waits.map(\.kind) == ["locks"])
                let locks = try #require(view.waits.first?.locks)
                #expect(locks.map(\.key) == ["all", "user:u2"] && locks.map(\.ahead) == [1, 0])
                #expect(locks.map(\.holder) == [ids[0], nil])
                #expect(lines.contains("  Of all: saga \(ids[0]) holds it, and one is before it in line."))
                #expect(lines.contains("  Of user:u2: nobody holds it, and it is the first in line."))
                #expect(legal(view) == ["compensate - -"] + halts)

                let id = try await orchestra.start("held")
                try await orchestra.waits(id, at: ["ship"])
                try await eventually("it is held", every: .milliseconds(50)) {
                    try await orchestra.phases(id)["ship"] == "held"
                }
                let held = try await explain(orchestra, id)
                #expect(held.view.waits.map(\.kind) == ["person"] && held.view.waits.map(\.cause) == ["rejected"])
                #expect(
                    held.view.next == nil
                        && legal(held.view) == ["retry ship -", "patch ship -", "resolve ship -"] + halts)
                #expect(
                    held.lines.contains {
                        $0.hasPrefix("'ship' waits for a person: it was refused where the saga cannot turn back, for ")
                    })
                #expect(
                    held.lines.contains(
                        "Not possible: compensate, since 'pay' is done, and behind that point there is no way back."))
                let gone = try await orchestra.saga("explain", "\(SagaValues.UUID.v7())")
                #expect(gone.status == 1 && gone.errors.contains("SAGA-0203"), gone.comment)
            }
        }
    }
}
