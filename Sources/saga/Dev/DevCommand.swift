public import ArgumentParser
internal import CloudPhone
internal import Foundation
internal import LocalPlatform
internal import LocalServers
internal import SagaCLI
internal import ServiceLifecycle
internal import UnixSignals

public struct DevCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Run the whole platform on this machine, with nothing set up.",
        discussion: """
            Starts a private PostgreSQL cluster and RabbitMQ node on loopback, the orchestrator and the reference \
            services, and puts seed data in. Data stays in .saga/dev; --fresh begins anew.
            """)

    @Option(help: "Port of the orchestrator's API.")
    var port = 7070
    @Option(help: "Folder for data and logs.")
    var data = ".saga/dev"
    @Option(help: "Folder of the workflows to deploy.")
    var workflows = "workflows"
    @Flag(help: "Throw away the data that an earlier platform left there.")
    var fresh = false

    public init() {}

    public func run() async throws {
        let folder = try await DevFolder.prepare(data, fresh: fresh)
        var options = LocalPlatform.Options(
            folder: folder, executable: try OwnExecutable.path, workflows: try WorkflowFolder.path(workflows))
        options.port = port
        let platform = try await LocalPlatform.start(options) { Terminal.print(Terminal.styled("· \($0)", .dim)) }
        // Beside the folder that was asked for, so that the CLI finds it there wherever the data had to go.
        if folder != data { try DevFolder.linkToken(from: folder, to: data) }
        invite(platform)
        let keeper = Task {
            await platform.keepRunning { Terminal.print(Terminal.styled("· \($0)", .dim)) }
        }
        await Signals.waitForEnd()
        Terminal.print("\nstopping")
        await platform.stop()
        // Out of its pause, if it is in one.
        keeper.cancel()
        await keeper.value
    }

    private func invite(_ platform: LocalPlatform) {
        let user = Seed.userID(1)
        let plan = Seed.Plan.basic
        Terminal.print(
            """

            \(Terminal.styled("The platform is running.", .bold, .green)) API at \(platform.url), logs in \(platform.options.folder)/logs
            In another terminal, in this folder:

              saga start plan-purchase --wait --input '{"userId":"\(user)","planId":"\(plan.id)","price":"\(plan.price)"}'
              saga list
              saga show <saga>      saga history <saga>      saga watch <saga>
              saga workflow show plan-purchase

            PostgreSQL: psql -h 127.0.0.1 -p \(platform.postgres.port) -U \(platform.postgres.user) cloudphone_saga
            Ctrl-C stops everything.
            """)
    }
}
