import SagaEngine
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

@Suite struct MigrationTests {
    private static let second = TestAPI.order.replacing("version: 1", with: "version: 2")
    /// The reservation is undone in another way: what was reserved under version 1 was never meant for it.
    private static let third = TestAPI.order.replacing("version: 1", with: "version: 3")
        .replacing("stock.release", with: "stock.return")

    /// Nobody hears of the parcels.
    private static let bus = ScriptedBus { command in
        guard command.action == "parcel.ship" else { return .done() }
        shipping.withLock { $0 += 1 }
        return .silence
    }
    private static let shipping = Mutex(0)

    @Test("of many sagas it tells how many can move, and what holds the others, reason by reason")
    func survey() async throws {
        try await TestAPI.run(bus: Self.bus) { api in
            try await api.deploy(TestAPI.order)
            for n in 1...5 { _ = try await api.start("order", ["n": JSON(n)], key: "k\(n)") }
            try await api.deploy(Self.second)
            _ = try await api.start("order", ["n": 6], key: "k6")
            try await eventually("all are on their way") { Self.shipping.withLock(\.self) == 6 }

            let all = try await saga(
                "migrate", "--workflow", "order", "--to", "2", "--dry-run", environment: api.environment)
            #expect(
                all.lines == [
                    "6 open sagas of order", "  1 are of version 2 already", "  5 can move to version 2",
                    "Nothing was done: this was a dry run.",
                ], "\(all.errors)")
            #expect(all.status == 0)

            try await api.deploy(Self.third)
            let none = try await saga(
                "migrate", "--workflow", "order", "--to", "3", "--dry-run", environment: api.environment)
            #expect(none.status == 1)
            #expect(none.lines.prefix(3) == ["6 open sagas of order", "  0 can move to version 3", "  6 cannot:"])
            #expect(none.lines.count == 6, "one reason, however many sagas: \(none.output)")
            #expect(none.output.contains("version 3 undoes it with stock.return (6 sagas)"))
            #expect(none.lines.dropLast().last?.hasSuffix(" …") == true, "three sagas are named")

            let json = try await saga(
                "migrate", "--workflow", "order", "--to", "3", "--dry-run", "--json", environment: api.environment)
            let object = try JSON(parsing: json.output)
            #expect(object["standing"]?.arrayValue?.count == 6 && object["moving"]?.arrayValue == [])
        }
    }

    @Test("one saga moves, or all that a filter admits, and is asked for before")
    func moves() async throws {
        try await TestAPI.run(bus: ScriptedBus { $0.action == "parcel.ship" ? .silence : .done() }) { api in
            try await api.deploy(TestAPI.order)
            var ids: [UUID] = []
            for n in 1...3 { ids.append(try await api.start("order", ["n": JSON(n)], key: "k\(n)")) }
            try await api.deploy(Self.second)
            try await eventually("all are on their way") {
                try await api.store.list(SagaFilter(), after: nil, limit: 9).count == 3
            }
            func versions() async throws -> [Int] {
                try await api.store.list(SagaFilter(), after: nil, limit: 9).map(\.workflowVersion).sorted()
            }
            let one = try await saga(
                "migrate", "\(ids[0])", "--to", "2", "--reason", "r", environment: api.environment)
            #expect(one.status == 0 && one.lines.first == "It goes on by version 2 instead of 1.", "\(one.errors)")
            #expect(try await versions() == [1, 1, 2])
            let again = try await saga(
                "migrate", "\(ids[0])", "--to", "2", "--reason", "r", environment: api.environment)
            #expect(again.status == 1 && again.errors.contains("already"))
            let unasked = try await saga(
                "migrate", "--workflow", "order", "--to", "2", "--reason", "r", environment: api.environment)
            #expect(unasked.status == 1 && unasked.errors.contains("--yes"))
            #expect(try await versions() == [1, 1, 2])
            let rest = try await saga(
                "migrate", "--workflow", "order", "--workflow-version", "1", "--to", "2", "--reason", "r", "--yes",
                environment: api.environment)
            #expect(rest.status == 0, "\(rest.errors)")
            #expect(try await versions() == [2, 2, 2])
        }
    }

    @Test("a workflow without open sagas has none that stand against it")
    func nothing() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            let run = try await saga(
                "migrate", "--workflow", "order", "--to", "1", "--dry-run", environment: api.environment)
            #expect(run.status == 0 && run.lines.first == "order has no open sagas")
            let unknown = try await saga(
                "migrate", "--workflow", "odrer", "--to", "1", "--dry-run", environment: api.environment)
            #expect(unknown.status == 1 && unknown.errors.contains("SAGA-0203"), "\(unknown.errors)")
        }
    }

    @Test("one saga or many, and never without a reason")
    func usage() async throws {
        for arguments in [
            ["migrate", "--to", "2", "--dry-run"],
            ["migrate", UUID.v7().description, "--workflow", "order", "--to", "2", "--dry-run"],
            ["migrate", UUID.v7().description, "--to", "2"],
        ] {
            let run = try await saga(arguments)
            #expect(run.status == 64 && run.output.isEmpty, "\(arguments)")
        }
    }
}
