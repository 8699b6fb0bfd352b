import Foundation
import Glibc
import TestServers
import Testing

@testable import LocalServers

@Suite("The data folder of a server") struct ServerFolderTests {
    private func refusal(of folder: String) async -> LocalServerError? {
        await #expect(throws: LocalServerError.self) { try await LocalPostgres.start(in: folder) }
    }

    @Test("serves one program at a time")
    func lock() async throws {
        let path = try TestServers.freshFolder("locked")
        do {
            let folder = try ServerFolder(path, kind: "postgresql")
            #expect(await refusal(of: path)?.code == .folderInUse)
            withExtendedLifetime(folder) {}
        }
        _ = try ServerFolder(path, kind: "postgresql")
    }

    @Test("is refused when it was made for something else")
    func otherKind() async throws {
        let path = try TestServers.freshFolder("other")
        _ = try ServerFolder(path, kind: "rabbitmq")
        #expect(await refusal(of: path)?.code == .folderNotUsable)
    }

    @Test("is refused, and left as it is, when somebody keeps other things in it")
    func notEmpty() async throws {
        let path = try freshFolder()
        try "mine".write(toFile: path + "/thesis.txt", atomically: false, encoding: .utf8)
        #expect(await refusal(of: path)?.code == .folderNotUsable)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["thesis.txt"])
    }

    @Test("is refused when it cannot be made")
    func cannotBeMade() async throws {
        let file = try freshFolder() + "/file"
        try "".write(toFile: file, atomically: false, encoding: .utf8)
        #expect(await refusal(of: file + "/folder")?.code == .folderNotUsable)
    }

    @Test("with data of a version that is not installed is refused and not touched")
    func otherVersion() async throws {
        let path = try TestServers.freshFolder("old")
        let folder = try ServerFolder(path, kind: "postgresql")
        try folder.make("data")
        try folder.write("9\n", to: "data/PG_VERSION")
        let error = await #expect(throws: LocalServerError.self) {
            try await PostgresSetup(folder: folder, port: 1, settings: [:], atOurEnd: .orderly)
        }
        #expect(error?.code == .otherVersion)
    }

    @Test("of an interrupted first start is made anew")
    func interrupted() async throws {
        let path = try TestServers.freshFolder("half")
        let folder = try ServerFolder(path, kind: "postgresql")
        try folder.make("data.new")
        try folder.write("15\n", to: "data.new/PG_VERSION")
        var setup = try await PostgresSetup(folder: folder, port: 1, settings: [:], atOurEnd: .orderly)
        setup.port = 2
        try await setup.prepare(folder) { _ in }
        #expect(folder.read("data/PG_VERSION") != nil && folder.read("data.new/PG_VERSION") == nil)
    }

    @Test("is waited for while a killed predecessor's servers still end, but not for ever")
    func predecessor() async throws {
        let folder = try ServerFolder(TestServers.freshFolder("left"), kind: "postgresql")
        let leftover = try ChildProcess.start("sleep", ["600"])
        try folder.record([leftover.identity, ProcessIdentity(pid: getpid(), birth: 1)])
        let error = await #expect(throws: LocalServerError.self) {
            try await folder.waitForPredecessor(within: .milliseconds(100))
        }
        #expect(error?.code == .folderInUse && error?.message.contains("kill \(leftover.pid)") == true)
        async let waiting: Void = folder.waitForPredecessor()
        leftover.kill()
        try await waiting
    }

    @Test(
        "that the account of PostgreSQL cannot reach is refused with the name of the barrier",
        .enabled(if: getuid() == 0))
    func unreachable() async throws {
        let barrier = try freshFolder("closed")
        chmod(barrier, 0o700)
        let error = await refusal(of: barrier + "/inside/data")
        #expect(error?.code == .folderNotReachable)
        #expect(error?.message.contains("chmod a+x '\(barrier)'") == true)
    }

    @Test(
        "is refused, or chosen elsewhere, when its path would confuse the servers' scripts",
        arguments: [" ", ",", "'", "é"])
    func specialCharacters(character: String) async throws {
        let path = try freshFolder("special") + "/a\(character)b"
        #expect(await refusal(of: path)?.code == .folderNotUsable)
        let chosen = try DataFolder.choose(preferred: path)
        defer { rmdir(chosen) }
        #expect(chosen.hasPrefix("/var/tmp/saga-") && DataFolder.isPlain(chosen))
    }

    @Test("is chosen elsewhere only where PostgreSQL could not get to the preferred one")
    func choice() throws {
        let open = try freshFolder("open") + "/data/deep"
        #expect(try DataFolder.choose(preferred: open) == open)
        let parent = try freshFolder("substitutes")
        let first = try DataFolder.substitute(for: "/a/b", in: parent)
        #expect(try DataFolder.substitute(for: "/a/b", in: parent) == first)
        #expect(first != (try DataFolder.substitute(for: "/a/c", in: parent)))
        // What somebody else might have prepared there is refused: a link, or a folder open to all.
        symlink(first, "\(parent)/saga-x")
        #expect(throws: LocalServerError.self) { try DataFolder.substitute(for: "/x", in: parent) }
        chmod(first, 0o777)
        #expect(throws: LocalServerError.self) { try DataFolder.substitute(for: "/a/b", in: parent) }
    }

    @Test("under a closed folder is replaced where we are root", .enabled(if: getuid() == 0))
    func closedChoice() throws {
        let closed = try freshFolder("shut")
        chmod(closed, 0o700)
        let chosen = try DataFolder.choose(preferred: closed + "/data")
        defer { rmdir(chosen) }
        #expect(chosen.hasPrefix("/var/tmp/saga-"))
    }
}

@Suite("Free ports") struct FreePortsTests {
    @Test("are distinct, free, and not among those that the kernel gives to clients")
    func pick() throws {
        let ports = try FreePorts.pick(50)
        #expect(Set(ports).count == 50)
        #expect(ports.allSatisfy(FreePorts.isFree))
        let range = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)
        let ephemeral = try #require(range.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) })
        if ephemeral > 12_000 { #expect(ports.allSatisfy { $0 < ephemeral }) }
        let (taken, socket) = try occupiedPort()
        #expect(!FreePorts.isFree(taken))
        close(socket)
    }
}

@Suite("Asking a server whether it is there") struct LoopbackTests {
    @Test("takes little time even where nobody takes the call")
    func fullQueue() throws {
        let (port, socket) = try occupiedPort()
        defer { close(socket) }
        // More callers than the listener lets wait; without limits the last ones wait for two minutes.
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<4 { #expect(Loopback.ask(port, greeting: [0]) == []) }
        #expect(clock.now - start < .seconds(60))
        #expect(Loopback.ask(try FreePorts.pick(1)[0], greeting: [0]) == nil)
    }
}

@Suite("Errors of local servers") struct LocalServerErrorTests {
    @Test("begin with their code and show details below")
    func description() {
        let error = LocalServerError(.startFailed, "it ended", details: "because")
        #expect(error.description == "SAGA-0706: it ended\nbecause")
        #expect(LocalServerError(.portTaken, "taken").description == "SAGA-0705: taken")
        #expect(Set(LocalServerError.Code.allCases.map(\.rawValue)).count == LocalServerError.Code.allCases.count)
    }
}
