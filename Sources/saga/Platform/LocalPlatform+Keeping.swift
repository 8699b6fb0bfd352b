internal import LocalServers

extension LocalPlatform {
    /// Starts programs again that have ended or were killed, as a process manager would. Returns once all are stopped.
    ///
    /// - Parameter progress: told what has ended, and how.
    public func keepRunning(progress: @escaping @Sendable (String) -> Void) async {
        await withDiscardingTaskGroup { group in
            for program in programs { group.addTask { await program.keepRunning(progress) } }
        }
    }
}

extension Program {
    /// One that ends again and again gets ever longer pauses.
    private static let shortestPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(15)
    /// Who has run for so long is not one of those.
    private static let steady = Duration.seconds(10)

    fileprivate func keepRunning(_ progress: @Sendable (String) -> Void) async {
        var pause = Program.shortestPause
        while true {
            let began = ContinuousClock.now
            guard let status = await waitForExit() else { return }
            pause = .now - began < Program.steady ? min(pause * 2, Program.longestPause) : Program.shortestPause
            try? await Task.sleep(for: pause)
            do {
                guard try startAgain() else { return }
                progress("\(name) has ended with \(status), and is started again; its log is \(logFile)")
            } catch {
                progress("\(name) cannot be started: \(error)")
                return
            }
        }
    }
}
