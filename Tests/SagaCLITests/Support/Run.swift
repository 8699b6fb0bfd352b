import Foundation
import TestAPI
import Testing

/// What a run of the program left.
struct Run: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of the output.
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
}

/// The program, built beside the tests.
private let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("saga")

/// Runs `saga` as people do, with its output in a file, in a folder of its own.
///
/// - Parameter prepare: gets the folder that it runs in.
func saga(
    _ arguments: [String], environment: [String: String] = [:], prepare: (URL) throws -> Void = { _ in }
) async throws -> Run {
    try await run(program, arguments, environment: environment, prepare: prepare)
}

/// Runs a line of shell, in which `$saga` is the program.
func shell(
    _ line: String, environment: [String: String] = [:], prepare: (URL) throws -> Void = { _ in }
) async throws -> Run {
    let environment = environment.merging(["saga": program.path, "PATH": "/usr/bin:/bin"]) { own, _ in own }
    return try await run(URL(fileURLWithPath: "/bin/sh"), ["-c", line], environment: environment, prepare: prepare)
}

private func run(
    _ executable: URL, _ arguments: [String], environment: [String: String], prepare: (URL) throws -> Void
) async throws -> Run {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent("saga-cli-\(UUID().uuidString)")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    try prepare(folder)
    let files = ["output", "errors"].map { folder.appendingPathComponent($0) }
    for file in files { _ = manager.createFile(atPath: file.path, contents: nil) }

    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try await process.runToEnd()
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    let run = Run(status: process.terminationStatus, output: texts[0], errors: texts[1])
    for text in [run.output, run.errors] {
        #expect(!text.contains(TestAPI.token), "the token is never printed")
        #expect(!text.contains("\u{1B}"), "no colours but on a terminal")
    }
    return run
}

func saga(
    _ arguments: String..., environment: [String: String], prepare: (URL) throws -> Void = { _ in }
) async throws -> Run {
    try await saga(arguments, environment: environment, prepare: prepare)
}

extension TestAPI {
    /// What a client needs to know.
    var environment: [String: String] { ["SAGA_URL": url, "SAGA_TOKEN": TestAPI.token] }
}

extension Process {
    /// Starts it, and waits without holding up a thread.
    func runToEnd() async throws {
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            terminationHandler = { _ in ended.resume() }
            do {
                try run()
            } catch {
                terminationHandler = nil
                ended.resume(throwing: error)
            }
        }
    }
}
