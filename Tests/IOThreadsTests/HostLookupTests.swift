import IOThreads
import Testing

@Suite("Looking up a host") struct HostLookupTests {
    private actor Asker {
        private let thread = IOThread(name: "asker")
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

        func addresses(of name: String) async -> [String]? {
            guard let lookup = HostLookup(name), lookup.start() else { return nil }
            let readiness = await thread.wait(for: .readable, on: lookup.doneDescriptor, until: .now + .seconds(60))
            return readiness == .ready ? lookup.addresses : nil
        }

        func stop() { thread.stop() }
    }

    @Test("gives numeric addresses, and none for a name that nobody knows")
    func names() async throws {
        let asker = Asker()
        let local = try #require(await asker.addresses(of: "localhost"))
        #expect(!local.isEmpty && local.allSatisfy { !HostLookup.isNeeded(for: $0) })
        #expect(await asker.addresses(of: "no-such-host.invalid") == [])
        await asker.stop()
    }

    @Test("is needed for names alone")
    func need() {
        #expect(HostLookup.isNeeded(for: "localhost") && HostLookup.isNeeded(for: "rabbit.internal"))
        for host in ["127.0.0.1", "::1", "/run/postgresql"] { #expect(!HostLookup.isNeeded(for: host)) }
    }
}
