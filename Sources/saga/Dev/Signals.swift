internal import UnixSignals

/// SIGINT and SIGTERM, as a person or a supervisor sends them.
enum Signals {
    /// Returns at the first of them.
    static func waitForEnd() async {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
    }
}
