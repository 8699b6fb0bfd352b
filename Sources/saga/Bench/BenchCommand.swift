public import ArgumentParser
internal import Foundation
internal import LocalPlatform
internal import LocalServers
internal import Logging
internal import Postgres
internal import PostgresStore
internal import RabbitMQ
internal import RabbitMQBus
internal import SagaCLI
internal import SagaDev
internal import SagaEngine
internal import SagaServer
internal import SagaValues
internal import ServiceLifecycle
internal import Workflows

public struct BenchCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure throughput, latency and costs with trivial participants.",
        discussion: """
            Three-step sagas on private servers with fsync, persistent messages, quorum queues and confirms on; then \
            long sagas, and what an event costs near the beginning and near the end of their lives. Everything shares \
            this machine. Compare ratios of one run; the costs per saga and per event do not depend on the machine.
            With --lists, and nothing else, the questions of operators while a million sagas are stored.
            """)

    @OptionGroup var output: OutputOptions
    @Option(help: "Seconds that each case of short sagas is measured for, 1 to 600; 0 leaves them out.")
    var seconds = 8
    @Option(help: "Items of the long list, 500 to 10000; 0 leaves it out.")
    var items = 1_000
    @Option(help: "Events of the long history, 500 to 100000; 0 leaves it out.")
    var events = 10_000
    @Flag(help: "Measure lists, filters, groups and statistics in a store full of sagas instead.")
    var lists = false
    @Option(help: "How many sagas are stored for --lists, 100000 to 10000000.")
    var sagas = 1_000_000
    @Option(help: .hidden)
    var participantsOn: Int?

    public init() {}

    public func validate() throws {
        guard (0...600).contains(seconds) else { throw ValidationError("--seconds must be 0 to 600") }
        guard items == 0 || (500...10_000).contains(items) else {
            throw ValidationError("--items must be 500 to 10000, or 0")
        }
        guard events == 0 || (500...100_000).contains(events) else {
            throw ValidationError("--events must be 500 to 100000, or 0")
        }
        guard (100_000...10_000_000).contains(sagas) else {
            throw ValidationError("--sagas must be 100000 to 10000000")
        }
        guard seconds + items + events > 0 else { throw ValidationError("nothing is left to be measured") }
    }

    public func run() async throws {
        if let port = participantsOn {
            return try await BenchParticipants(
                broker: RabbitMQConfiguration(port: port), log: LogConfiguration.quiet.logger("participants")
            ).run()
        }
        let printer = output.printer
        let note: @Sendable (String) -> Void = { line in
            printer.forPeople { Terminal.print(Terminal.styled("· \(line)", .dim)) }
        }
        if lists {
            let results = try await ListBench.run(sagas: sagas, note)
            return try printer.show(ListBench.Result.json(results)) { ListBench.Result.print(results) }
        }
        let bench = try await Bench.start(note)
        let results: [BenchResult]
        let lives: [BenchLife]
        do {
            results = seconds > 0 ? try await bench.run(seconds: seconds, note) : []
            lives = try await bench.live(items: items, events: events, note)
        } catch {
            await bench.stop()
            throw error
        }
        await bench.stop()
        try printer.show(BenchReport.json(results, lives)) { BenchReport.print(results, lives) }
    }
}
