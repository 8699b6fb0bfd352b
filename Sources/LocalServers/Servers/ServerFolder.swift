internal import Foundation
internal import Glibc

/// The data folder of one server: made if missing, and used by one program at a time.
///
/// Holding the object holds the lock. The processes of the server are noted in a file, so that whoever
/// comes next can wait for what a killed predecessor left behind until its watcher has ended it.
final class ServerFolder: Sendable {
    let path: String
    private let lock: Int32

    /// - Parameter kind: what the folder is for; a folder made for something else is refused.
    init(_ folder: String, kind: String) throws(LocalServerError) {
        path = try Self.make(folder)
        guard DataFolder.isPlain(path) else {
            throw LocalServerError(
                .folderNotUsable,
                "\(path) has blanks or special characters, which the scripts of the servers do not "
                    + "understand; choose a folder with plain letters, digits and - _ . only")
        }
        try Self.check(path, isFor: kind)
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw LocalServerError(.folderNotUsable, "\(path)/lock cannot be opened: \(lastSystemError())")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw LocalServerError(.folderInUse, "another process uses \(path); stop it, or choose another folder")
        }
    }

    deinit {
        // Not by closing alone: a child that we are about to start holds the lock too, until it is another program.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// Makes a folder inside, if it is missing, that only its owner can look into.
    @discardableResult
    func make(_ name: String, for account: Account? = nil) throws(LocalServerError) -> String {
        let folder = try Self.make("\(path)/\(name)")
        guard chmod(folder, 0o700) == 0, account.map({ chown(folder, $0.user, $0.group) == 0 }) ?? true else {
            throw LocalServerError(.folderNotUsable, "\(folder) cannot be prepared: \(lastSystemError())")
        }
        return folder
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws(LocalServerError) {
        let file = "\(path)/\(name)"
        unlink(file)
        guard FileManager.default.createFile(atPath: file, contents: Data(text.utf8)), chmod(file, mode) == 0 else {
            throw LocalServerError(.folderNotUsable, "\(file) cannot be written: \(lastSystemError())")
        }
    }

    func read(_ name: String) -> String? {
        try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    func remove(_ name: String) {
        try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// Notes the processes that work in this folder.
    func record(_ processes: [ProcessIdentity]) throws(LocalServerError) {
        try write(processes.map { "\($0.pid) \($0.birth)\n" }.joined(), to: "processes")
    }

    /// Waits for the processes of a predecessor that was killed; its watcher is ending them just now.
    func waitForPredecessor(within limit: Duration = .seconds(30)) async throws(LocalServerError) {
        let recorded: [ProcessIdentity] = (read("processes") ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let pid = pid_t(words[0]), let birth = UInt64(words[1]) else { return nil }
            return ProcessIdentity(pid: pid, birth: birth)
        }
        let left = await poll(every: .milliseconds(50), within: limit) { !recorded.contains(where: \.isAlive) }
        guard left else {
            let pids = recorded.filter(\.isAlive).map { String($0.pid) }.joined(separator: " ")
            throw LocalServerError(.folderInUse, "servers of an earlier run still work in \(path): kill \(pids)")
        }
    }

    private static func check(_ path: String, isFor kind: String) throws(LocalServerError) {
        if let found = try? String(contentsOfFile: "\(path)/kind", encoding: .utf8) {
            guard found == kind + "\n" else {
                let other = found.prefix(40).filter { !$0.isNewline }
                throw LocalServerError(
                    .folderNotUsable, "\(path) holds data of \(other), not of \(kind); choose another folder")
            }
            return
        }
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard contents.allSatisfy({ $0 == TemporaryFolder.mark }) else {
            throw LocalServerError(
                .folderNotUsable, "\(path) is not empty and was not made by saga; choose another folder")
        }
        // Whatever our umask is, the account that the server runs under passes through.
        guard chmod(path, 0o711) == 0,
            (try? "\(kind)\n".write(toFile: "\(path)/kind", atomically: true, encoding: .utf8)) != nil
        else {
            throw LocalServerError(.folderNotUsable, "\(path) cannot be written: \(lastSystemError())")
        }
    }

    private static func make(_ folder: String) throws(LocalServerError) -> String {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true)
        } catch {
            throw LocalServerError(.folderNotUsable, "\(absolute) cannot be made: \(error.localizedDescription)")
        }
        guard let real = realpath(absolute, nil) else {
            throw LocalServerError(.folderNotUsable, "\(absolute) cannot be resolved: \(lastSystemError())")
        }
        defer { free(real) }
        return String(cString: real)
    }
}
