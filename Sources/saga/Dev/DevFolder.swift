internal import Foundation
internal import LocalPlatform
internal import LocalServers

/// The folder that a local platform keeps its data in.
enum DevFolder {
    /// The folder itself, or one like it where PostgreSQL can get to.
    ///
    /// - Parameter fresh: throws away what a platform has left there, and refuses if anything else is there.
    static func prepare(_ preferred: String, fresh: Bool) async throws -> String {
        let folder = try DataFolder.choose(preferred: preferred)
        if fresh { try await LocalPlatform.clear(folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    static func linkToken(from folder: String, to preferred: String) throws {
        let link = preferred + "/token"
        try FileManager.default.createDirectory(atPath: preferred, withIntermediateDirectories: true)
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != nil {
            try FileManager.default.removeItem(atPath: link)
        }
        guard !FileManager.default.fileExists(atPath: link) else { return }
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/token")
    }
}

/// The program that is running.
public enum OwnExecutable {
    public static var path: String {
        get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
    }
}

/// The folder of the workflows that come with the project.
public enum WorkflowFolder {
    /// - Throws: if there is no such folder: the commands that need it are run in the project's folder.
    public static func path(_ folder: String) throws -> String {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw PlatformSetupError(
                "there is no folder \(path); run this in the project's folder, or name one with --workflows")
        }
        return path
    }
}

public struct PlatformSetupError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
