internal import Foundation
internal import SagaValues

extension TokenSource {
    /// Longer than any token.
    private static let limit = 64 << 10

    /// The token, as it is there now.
    ///
    /// - Parameter profile: the name of the one whose it is, for messages. They never have what was read.
    func read(
        for profile: String, in file: ProfileFile, _ environment: [String: String]
    ) throws(ProfileError) -> String {
        switch self {
        case .text(let secret): return secret.reveal()
        case .file(let path): return try Self.read(file.resolve(path, environment), for: profile)
        case .command(let line): return try Self.run(line, for: profile)
        }
    }

    /// - Throws: also if others can read it.
    static func read(_ path: String, for profile: String) throws(ProfileError) -> String {
        let content: PrivateFile
        do throws(PrivateFile.Failure) {
            content = try PrivateFile(path, limit: limit)
        } catch {
            throw ProfileError(.noToken, "cannot read the token of profile \(profile), \(path): \(error.reason)")
        }
        guard !content.isReadableByOthers else {
            throw ProfileError(
                .exposed, "others can read the token in \(path): chmod 600 \(path), and have the token made anew")
        }
        return String(decoding: content.bytes, as: UTF8.self)
    }

    /// What it asks, and what it complains of, goes to the terminal.
    private static func run(_ line: String, for profile: String) throws(ProfileError) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        let pipe = Pipe()
        process.standardOutput = pipe
        var bytes = Data()
        do {
            try process.run()
            while bytes.count <= limit, let more = try pipe.fileHandleForReading.read(upToCount: 4_096), !more.isEmpty {
                bytes += more
            }
        } catch {
            throw ProfileError(.noToken, "cannot run the token-command of profile \(profile): \(error)")
        }
        guard bytes.count <= limit else {
            process.terminate()
            throw ProfileError(.noToken, "the token-command of profile \(profile) prints more than a token")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ProfileError(
                .noToken,
                "the token-command of profile \(profile) ended with \(process.terminationStatus); "
                    + "\"saga profile show \(profile)\" shows the command")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
