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
            Three-step sagas on private servers with fsync, persistent messages, quorum queues and confirms on. \
            Everything shares this machine. Compare ratios of one run; the costs per saga do not depend on the \
            machine.
            """)

    @Flag(help: "Print one JSON object.")
    var json = false
    @Option(help: "Seconds that each case is measured for, 1 to 600.")
    var seconds = 8
    @Option(help: .hidden)
    var participantsOn: Int?

    public init() {}

    public func validate() throws {
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 600") }
    }

    public func run() async throws {
        if let port = participantsOn {
            return try await BenchParticipants(
                broker: RabbitMQConfiguration(port: port), log: LogConfiguration.quiet.logger("participants")
            ).run()
        }
        let isJSON = json
        let note: @Sendable (String) -> Void = { if !isJSON { Terminal.print(Terminal.styled("· \($0)", .dim)) } }
        let bench = try await Bench.start(note)
        let results: [BenchResult]
        do {
            results = try await bench.run(seconds: seconds, note)
        } catch {
            await bench.stop()
            throw error
        }
        await bench.stop()
        if json {
            Terminal.print(BenchReport.json(results).text)
        } else {
            BenchReport.print(results)
        }
    }
}
