public import ArgumentParser
internal import Checker
internal import CloudPhone
internal import Foundation
internal import LocalPlatform
internal import SagaCLI
internal import SagaServer
internal import SagaValues

public struct DemoCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Play ten purchases, most of which go wrong, and check the databases afterwards.",
        discussion: """
            Starts a platform of its own, shows the history of each purchase as it happens, kills what must be \
            killed, and stops everything. Exit status 0 only if every purchase ended as it should and no invariant \
            is violated.
            """)

    @Option(help: "Folder for data and logs; those of an earlier run are thrown away at the start.")
    var data = ".saga/demo"
    @Option(help: "Folder of the workflows.")
    var workflows = "workflows"

    public init() {}

    public func run() async throws {
        let folder = try await DevFolder.prepare(data, fresh: true)
        var options = LocalPlatform.Options(
            folder: folder, executable: try OwnExecutable.path, workflows: try WorkflowFolder.path(workflows))
        options.seed = Seed(users: 400, balance: 500, devices: 400)
        options.isThrownAway = true
        let begun = ContinuousClock.now
        Terminal.print(Terminal.styled("Starting a platform of its own", .bold))
        let platform = try await LocalPlatform.start(options) { Terminal.print(Terminal.styled("· \($0)", .dim)) }
        let outcome: Result<Int, any Error>
        do {
            outcome = .success(try await play(platform, workflows: try WorkflowFolder.path(workflows)))
        } catch {
            outcome = .failure(error)
        }
        Terminal.print("\n" + Terminal.styled("· stopping everything", .dim))
        await platform.stop()
        let seconds = (ContinuousClock.now - begun).components.seconds
        switch outcome {
        case .success(0):
            Terminal.print(
                Terminal.styled("All ten purchases ended as they should; no invariant is violated.", .bold, .green)
                    + " (\(seconds) s)")
        case .success(let failures):
            throw Refusal("\(failures) of the demo's expectations did not hold; logs are in \(folder)/logs")
        case .failure(let error):
            throw Refusal("the demo broke off: \(error); logs are in \(folder)/logs")
        }
    }

    /// Plays all scenes and checks; returns how much was not as it should be.
    private func play(_ platform: LocalPlatform, workflows: String) async throws -> Int {
        let stage = Stage(platform)
        try await stage.deployImpatientVersion(of: workflows + "/plan-purchase.yaml")
        for scene in Scene.all {
            Terminal.print("\n" + Terminal.styled("\(scene.number). \(scene.title)", .bold))
            Terminal.print(Terminal.styled("   \(scene.explanation)", .dim))
            try await scene.play(stage)
        }
        return stage.failures + (try await check(platform))
    }

    private func check(_ platform: LocalPlatform) async throws -> Int {
        Terminal.print("\n" + Terminal.styled("The databases, looked at from outside", .bold))
        let checker = Checker(
            server: platform.database(LocalPlatform.Database.saga), saga: LocalPlatform.Database.saga,
            billing: LocalPlatform.Database.billing, core: LocalPlatform.Database.core)
        let results = try await checker.run()
        var table = Table("NO", "INVARIANT", "VIOLATIONS")
        for result in results {
            table.add(
                .init(result.invariant.name), .init(result.invariant.statement),
                .init("\(result.count)", style: { Terminal.styled($0, result.count == 0 ? .green : .red) }))
        }
        table.print()
        for result in results {
            for example in result.examples { Terminal.print("   \(result.invariant.name): \(Terminal.clean(example))") }
        }
        return results.filter { $0.count > 0 }.count
    }
}
