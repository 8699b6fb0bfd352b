import Foundation
import LocalServers
import TestServers
import Testing

/// What was built together with the tests, and what lies beside them.
enum Built {
    /// The program `saga`.
    static func program() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("saga").path
        try #require(FileManager.default.isExecutableFile(atPath: program), "no program at \(program)")
        return program
    }

    static var workflows: String {
        URL(fileURLWithPath: #filePath).pathComponents.dropLast(3).joined(separator: "/").dropFirst() + "/workflows"
    }
}

/// The program `saga` at work, as a person starts it.
struct Run: Sendable {
    let process: ChildProcess
    private let files: String

    /// - Parameter environment: nothing else is seen but what finds programs and folders.
    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
        let files = try TestServers.freshFolder("run")
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        let names: Set = ["HOME", "LD_LIBRARY_PATH", "PATH", "TMPDIR"]
        let surroundings = ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
        // A shell parts the two outputs and becomes the program.
        let process = try ChildProcess.start(
            "/bin/sh", ["-c", #"exec "$0" "$@" 2>"$ERRORS""#, try Built.program()] + arguments,
            environment: surroundings.merging(environment) { _, new in new }
                .merging(["ERRORS": files + "/errors"]) { _, new in new },
            inheritsEnvironment: false, output: .file(files + "/output"))
        return Run(process: process, files: files)
    }

    var output: String { read("output") }
    var errors: String { read("errors") }

    /// Everything it said, for whoever reads a failure.
    var report: Comment { "status \(process.exitStatus.map { "\($0)" } ?? "none")\n\(output)\n\(errors)" }

    /// Waits for its end, and ends it if that takes too long.
    func end(within limit: Duration) async -> LocalServers.ExitStatus {
        if let status = await process.waitForExit(within: limit) { return status }
        Issue.record("it has not ended after \(limit)\n\(report)")
        return await process.terminate()
    }

    private func read(_ name: String) -> String {
        (try? String(contentsOfFile: "\(files)/\(name)", encoding: .utf8)) ?? ""
    }
}
