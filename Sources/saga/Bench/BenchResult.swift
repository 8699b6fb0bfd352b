internal import PostgresStore
internal import RabbitMQ
internal import SagaCLI
internal import SagaEngine
internal import SagaValues

/// One case: what was reached, and what it cost.
struct BenchResult {
    let name: String
    let window: Int
    /// Sorted.
    let latencies: [Duration]
    let before: BenchCosts
    let after: BenchCosts

    private var seconds: Double { Double((after.at - before.at).wholeMicroseconds) / 1_000_000 }
    /// Sagas that ended between the two counts. As many are half done at either, so their costs cancel out.
    private var ended: Double { Double(max(1, after.ended - before.ended)) }

    var sagasPerSecond: Double { Double(after.ended - before.ended) / seconds }

    func latency(_ percentile: Int) -> Double {
        guard !latencies.isEmpty else { return 0 }
        return Double(latencies[(latencies.count - 1) * percentile / 100].wholeMicroseconds) / 1_000
    }

    /// Processors kept busy, by process: 1 is one whole core.
    var processors: [(name: String, cores: Double)] {
        ["engine", "participants", "postgres", "rabbitmq"].map { name in
            (name, ((after.processor[name] ?? 0) - (before.processor[name] ?? 0)) / seconds)
        }
    }

    /// What one saga costs, whatever the machine.
    var costs: [(name: String, value: Double)] {
        let store = after.store - before.store
        let statements = after.statements - before.statements
        func messages(_ path: KeyPath<BenchCosts, UInt64>) -> Double {
            Double(after[keyPath: path] &- before[keyPath: path]) / ended
        }
        return [
            ("walBytes", Double(store.walBytes) / ended),
            ("sqlRoundTrips", Double(statements.roundTrips) / ended),
            ("rowsInserted", Double(store.rowsInserted) / ended),
            ("rowsUpdated", Double(store.rowsUpdated) / ended),
            ("hotShare", store.hotShare ?? 0),
            ("sagasPerCommit", ended / Double(max(1, statements.commits))),
            ("transitions", Double(after.engine.transitions - before.engine.transitions) / ended),
            ("commandsSent", messages(\.commands.messagesPublished)),
            ("repliesReceived", messages(\.replies.messagesDelivered)),
            ("bytesSent", messages(\.commands.bytesSent) + messages(\.replies.bytesSent)),
            ("bytesReceived", messages(\.commands.bytesReceived) + messages(\.replies.bytesReceived)),
            (
                "brokerSystemCalls",
                messages(\.commands.sendCalls) + messages(\.commands.receiveCalls)
                    + messages(\.replies.sendCalls) + messages(\.replies.receiveCalls)
            ),
        ]
    }
}

/// The results, for people and for programs.
enum BenchReport {
    static func print(_ results: [BenchResult], _ lives: [BenchLife]) {
        if !results.isEmpty { print(results) }
        if !lives.isEmpty { print(lives) }
    }

    private static func print(_ lives: [BenchLife]) {
        Terminal.print("\nLong sagas: what an event costs in a tenth near the beginning and in one near the end.")
        for life in lives {
            let title = "\(life.name)\(life.isCached ? "" : ", each event loads its saga")"
            Terminal.print("\n\(title): \(life.events) events in \(decimal(life.seconds, 1)) s\n")
            var table = Table("COST", "BEGINNING", "END", "RATIO")
            for cost in life.costs {
                table.add(
                    .init(cost.name), .init(decimal(cost.early, 2)), .init(decimal(cost.late, 2)),
                    .init(cost.ratio.map { decimal($0, 2) } ?? "-"))
            }
            table.print()
        }
    }

    private static func print(_ results: [BenchResult]) {
        var table = Table("CASE", "SAGAS/S", "P50 MS", "P99 MS", "ENGINE", "PARTICIPANTS", "POSTGRES", "RABBITMQ")
        for result in results {
            let cores = result.processors.map { Table.Cell(decimal($0.cores, 2)) }
            table.add(
                .init(result.name), .init(decimal(result.sagasPerSecond, 0)), .init(decimal(result.latency(50), 1)),
                .init(decimal(result.latency(99), 1)), cores[0], cores[1], cores[2], cores[3])
        }
        Terminal.print("\nProcesses in cores kept busy. Servers, engine and participants share this machine.\n")
        table.print()
        Terminal.print("\nWhat one saga costs, whatever the machine:\n")
        var costs = Table("COST", results[0].name, results[1].name, results[2].name, results[3].name)
        for (index, cost) in results[0].costs.enumerated() {
            let cells = results.map { Table.Cell(decimal($0.costs[index].value, 2)) }
            costs.add(.init(cost.name), cells[0], cells[1], cells[2], cells[3])
        }
        costs.print()
    }

    static func json(_ results: [BenchResult], _ lives: [BenchLife]) -> JSON {
        var top = JSON.Object()
        if let first = results.first { top["sagasPerSecond"] = number(first.sagasPerSecond) }
        top["cases"] = .array(
            results.map { result in
                var costs = JSON.Object()
                for (name, value) in result.costs { costs[name] = number(value) }
                var cores = JSON.Object()
                for (name, value) in result.processors { cores[name] = number(value) }
                return .object([
                    "name": .string(result.name), "inFlight": .number("\(result.window)"),
                    "sagasPerSecond": number(result.sagasPerSecond), "p50Milliseconds": number(result.latency(50)),
                    "p99Milliseconds": number(result.latency(99)), "cores": .object(cores),
                    "costsPerSaga": .object(costs),
                ])
            })
        top["lives"] = .array(
            lives.map { life in
                var costs = JSON.Object()
                for cost in life.costs {
                    costs[cost.name] = .object([
                        "beginning": number(cost.early), "end": number(cost.late),
                        "ratio": cost.ratio.map { number($0) } ?? .null,
                    ])
                }
                return .object([
                    "name": .string(life.name), "cached": .bool(life.isCached), "events": .number("\(life.events)"),
                    "seconds": number(life.seconds), "costsPerEvent": .object(costs),
                ])
            })
        return .object(top)
    }

    private static func number(_ value: Double) -> JSON { .number(decimal(value, 3)) }

    /// With a fixed number of decimals, and no exponent.
    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((value * scale).rounded())
        guard places > 0 else { return "\(scaled)" }
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return (scaled < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
