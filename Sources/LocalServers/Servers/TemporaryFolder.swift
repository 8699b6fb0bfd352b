internal import Foundation
internal import Glibc

/// Folders that live as long as the program.
public enum TemporaryFolder {
    /// The file that marks a folder as made here: only such a one is ever removed as a whole.
    static let mark = ".saga-temporary"

    /// Makes a fresh folder that is removed when the program has ended, in whatever way, after the servers
    /// in it have ended too.
    ///
    /// It lies under TMPDIR, or under the system's folder for such things where the account that
    /// PostgreSQL runs under could not reach TMPDIR. Others can pass through it but not look into it.
    public static func makeUntilEnd(prefix: String) throws(LocalServerError) -> String {
        let wanted = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let isOpen = getuid() != 0 || canBePassed(wanted)
        let folder = try make(prefix: prefix, in: isOpen ? wanted : "/tmp")
        try Watcher.shared.prepare()
        Watcher.shared.removeAtEnd(folder: folder)
        return folder
    }

    static func make(prefix: String, in parent: String) throws(LocalServerError) -> String {
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LocalServerError(.folderNotUsable, "no folder can be made in \(parent): \(lastSystemError())")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard chmod(folder, 0o711) == 0, FileManager.default.createFile(atPath: "\(folder)/\(mark)", contents: nil)
        else {
            throw LocalServerError(.folderNotUsable, "\(folder) cannot be prepared: \(lastSystemError())")
        }
        return folder
    }

    /// Whether every folder on the way is open to everybody.
    static func canBePassed(_ folder: String) -> Bool {
        var path = URL(fileURLWithPath: folder).standardizedFileURL.path
        while true {
            var information = stat()
            guard stat(path, &information) == 0, information.st_mode & 0o001 != 0 else { return false }
            if path == "/" { return true }
            path = URL(fileURLWithPath: path).deletingLastPathComponent().path
        }
    }
}
