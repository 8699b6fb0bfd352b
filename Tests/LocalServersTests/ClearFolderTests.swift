import Foundation
import Glibc
import TestServers
import Testing

@testable import LocalServers

@Suite("Throwing a platform's data away") struct ClearFolderTests {
    private let contents = DataFolder.Contents(
        postgres: "postgres", rabbitMQ: "rabbitmq", logs: "logs", files: ["token"])

    /// A folder as a platform leaves it.
    private func left() throws -> String {
        let folder = try freshFolder()
        for (name, kind) in [("postgres", "postgresql"), ("rabbitmq", "rabbitmq")] {
            let server = try ServerFolder("\(folder)/\(name)", kind: kind)
            try server.make("data")
            try server.write("something", to: "data/file")
        }
        try put("a line", at: "\(folder)/logs/billing.log")
        try put("secret", at: "\(folder)/token")
        return folder
    }

    private func put(_ text: String, at path: String) throws {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func everything(in folder: String) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: folder))
    }

    /// Nothing is lost, and the message is one line that names what is in the way.
    private func expectRefusal(
        of folder: String, _ code: LocalServerError.Code, naming name: String,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try everything(in: folder)
        let error = await #expect(throws: LocalServerError.self, sourceLocation: location) {
            try await DataFolder.clear(folder, of: contents)
        }
        #expect(error?.code == code, sourceLocation: location)
        #expect(error?.description.contains(name) == true, "\(error?.description ?? "")", sourceLocation: location)
        #expect(error?.description.contains("\n") == false, sourceLocation: location)
        #expect(try everything(in: folder) == before, sourceLocation: location)
    }

    @Test("removes all that a platform has left, and the folder stays")
    func clears() async throws {
        let folder = try left()
        try await DataFolder.clear(folder, of: contents)
        #expect(try everything(in: folder).isEmpty)
    }

    @Test("does nothing where there is nothing")
    func nothing() async throws {
        try await DataFolder.clear(try freshFolder(), of: contents)
        try await DataFolder.clear(try TestServers.freshFolder("missing"), of: contents)
    }

    @Test("removes a link and not what it leads to")
    func link() async throws {
        let folder = try left()
        let elsewhere = try freshFolder()
        try put("kept", at: "\(elsewhere)/token")
        try FileManager.default.removeItem(atPath: "\(folder)/token")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/token", withDestinationPath: "\(elsewhere)/token")
        try await DataFolder.clear(folder, of: contents)
        #expect(try everything(in: folder).isEmpty)
        #expect(FileManager.default.fileExists(atPath: "\(elsewhere)/token"))
    }

    @Test(
        "refuses when somebody keeps other things there",
        arguments: ["thesis.txt", ".hidden", "src/main.c", "logs/notes.txt", "logs/old/a.log", "postgres.bak/file"])
    func foreign(name: String) async throws {
        let folder = try left()
        try put("mine", at: "\(folder)/\(name)")
        try await expectRefusal(of: folder, .folderNotUsable, naming: String(name.prefix { $0 != "/" }))
    }

    @Test("refuses logs and a token that lie beside no server of ours", arguments: ["logs/app.log", "token"])
    func stranger(name: String) async throws {
        let folder = try freshFolder()
        try put("mine", at: "\(folder)/\(name)")
        try await expectRefusal(of: folder, .folderNotUsable, naming: String(name.prefix { $0 != "/" }))
    }

    @Test("refuses a server's folder that we have not made", arguments: ["postgres", "rabbitmq"])
    func otherServer(name: String) async throws {
        let folder = try left()
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)/kind")
        try await expectRefusal(of: folder, .folderNotUsable, naming: name)
        try put("mysql\n", at: "\(folder)/\(name)/kind")
        try await expectRefusal(of: folder, .folderNotUsable, naming: name)
    }

    @Test("refuses a server's folder that is a link")
    func linkedServer() async throws {
        let (folder, other) = (try left(), try left())
        try FileManager.default.removeItem(atPath: "\(folder)/postgres")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/postgres", withDestinationPath: "\(other)/postgres")
        try await expectRefusal(of: folder, .folderNotUsable, naming: "postgres")
    }

    @Test("refuses while a server runs there", arguments: [("postgres", "postgresql"), ("rabbitmq", "rabbitmq")])
    func running(name: String, kind: String) async throws {
        let folder = try left()
        let server = try ServerFolder("\(folder)/\(name)", kind: kind)
        try await expectRefusal(of: folder, .folderInUse, naming: name)
        withExtendedLifetime(server) {}
    }

    @Test("knows what lies in memory")
    func memory() throws {
        #expect(!DataFolder.isInMemory("/proc"))
        let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
        if mounts.contains(" /dev/shm tmpfs ") { #expect(DataFolder.isInMemory("/dev/shm")) }
    }
}
