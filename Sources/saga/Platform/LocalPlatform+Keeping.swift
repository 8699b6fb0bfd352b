internal import LocalServers

extension LocalPlatform {
    /// Starts programs and servers again that have ended or were killed, as a process manager would. Returns once all are
    /// stopped.
    ///
    /// - Parameter progress: told what has ended, and how.
    public func keepRunning(progress: @escaping @Sendable (String) -> Void) async {
        await withDiscardingTaskGroup { group in
            for part in parts { group.addTask { await part.keepRunning(progress) } }
        }
    }

    private var parts: [Part] {
        let servers = [
            Part(
                name: "PostgreSQL", logFile: postgres.logFile, waitForEnd: { await self.postgres.waitForCrash() },
                startAgain: { try await self.startAgain(self.postgres.startAgain, self.postgres.stop) }),
            Part(
                name: "RabbitMQ", logFile: rabbitMQ.logFile, waitForEnd: { await self.rabbitMQ.waitForCrash() },
                startAgain: { try await self.startAgain(self.rabbitMQ.startAgain, self.rabbitMQ.stop) }),
        ]
        let programs = programs.map { program in
            Part(
                name: program.name, logFile: program.logFile, waitForEnd: { await program.waitForExit() },
                startAgain: { try program.startAgain() })
        }
        return servers + programs
    }

    /// False if the platform is being stopped. A server that starts at that very moment is stopped here.
    private func startAgain(_ start: () async throws -> Void, _ stop: () async -> Void) async throws -> Bool {
        guard !isStopping else { return false }
        try await start()
        guard isStopping else { return true }
        await stop()
        return false
    }
}

/// Something that is kept running.
private struct Part: Sendable {
    let name: String
    let logFile: String
    /// How it ended; nil if it was stopped.
    let waitForEnd: @Sendable () async -> ExitStatus?
    /// False if it is not wanted any more.
    let startAgain: @Sendable () async throws -> Bool

    /// One that ends again and again gets ever longer pauses.
    private static let shortestPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(15)
    /// Who has run for so long is not one of those.
    private static let steady = Duration.seconds(10)

    func keepRunning(_ progress: @Sendable (String) -> Void) async {
        var pause = Part.shortestPause
        while true {
            let began = ContinuousClock.now
            guard let status = await waitForEnd() else { return }
            pause = .now - began < Part.steady ? min(pause * 2, Part.longestPause) : Part.shortestPause
            // Until it runs: what is in its way, another server on its port say, may go.
            repeat {
                try? await Task.sleep(for: pause)
                do {
                    guard try await startAgain() else { return }
                    progress("\(name) has ended with \(status), and is started again; its log is \(logFile)")
                    break
                } catch {
                    progress("\(name) has ended with \(status), and cannot be started: \(error)")
                    pause = min(pause * 2, Part.longestPause)
                }
            } while !Task.isCancelled
        }
    }
}
