internal import IOThreads

extension PostgresConnection {
    /// The addresses of the configured host, empty where libpq needs none.
    func lookUpHost(until deadline: ContinuousClock.Instant) async throws(PostgresError) -> [String] {
        guard HostLookup.isNeeded(for: configuration.host) else { return [] }
        guard let lookup = HostLookup(configuration.host), lookup.start() else {
            throw PostgresError(.outOfResources, "the system has no thread or descriptor left")
        }
        switch await thread.wait(for: .readable, on: lookup.doneDescriptor, until: deadline, endsOnCancellation: true) {
        case .ready: break
        case .timedOut: throw unreachable("no answer from the name service in time")
        case .interrupted: throw interrupted()
        }
        let addresses = lookup.addresses
        guard !addresses.isEmpty else { throw unreachable("the host's name is not known") }
        return addresses
    }

    func unreachable(_ reason: String) -> PostgresError {
        PostgresError(.connectionFailed, scrubbed("no connection to \(configuration.place): \(reason)"))
    }

    /// Why a wait on this thread was interrupted.
    func interrupted() -> PostgresError {
        isCut || !Task.isCancelled
            ? PostgresError(.closed, "the connection was closed")
            : PostgresError(.taskCancelled, "the task was cancelled")
    }
}
