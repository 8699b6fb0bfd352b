internal import Foundation
internal import Glibc

/// Where servers keep data that outlives the program.
public enum DataFolder {
    /// The preferred folder, or one like it elsewhere if PostgreSQL could not get there.
    ///
    /// Root has this problem: PostgreSQL then runs under an account of its own, to which a checkout in root's
    /// home is closed. So has a path with blanks, which the scripts of RabbitMQ do not understand. The other
    /// place is in `/var/tmp`, one for each preferred folder, and is refused when it belongs to somebody else.
    /// - Throws: ``LocalServerError`` with `folderNotUsable`.
    public static func choose(preferred: String) throws(LocalServerError) -> String {
        let absolute = URL(fileURLWithPath: preferred).standardizedFileURL.path
        let isReachable = getuid() != 0 || TemporaryFolder.canBePassed(nearestExisting(absolute))
        if isReachable, isPlain(absolute) { return absolute }
        return try substitute(for: absolute, in: "/var/tmp")
    }

    /// Whether a folder lies in memory: on a file system without a disk, where fsync does nothing.
    public static func isInMemory(_ folder: String) -> Bool {
        guard let real = realpath(folder, nil) else { return false }
        defer { free(real) }
        let path = String(cString: real)
        // One line a mount, see proc(5); of two on the same place the later one counts.
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        var nearest = (length: -1, type: "")
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let place = fields[4]
            guard place == "/" || path == place || path.hasPrefix("\(place)/") else { continue }
            if place.count >= nearest.length { nearest = (place.count, String(fields[dash + 1])) }
        }
        return nearest.type == "tmpfs" || nearest.type == "ramfs"
    }

    /// Whether a path has only characters that mean nothing to shells and configuration files.
    static func isPlain(_ path: String) -> Bool {
        path.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch UnicodeScalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-", "+", "@", "=": true
        default: false
        }
    }

    static func substitute(for absolute: String, in parent: String) throws(LocalServerError) -> String {
        let name = absolute.utf8.map { isPlain($0) && $0 != UInt8(ascii: "/") ? $0 : UInt8(ascii: "-") }
        let folder = "\(parent)/saga\(String(decoding: name, as: UTF8.self))"
        let made = mkdir(folder, 0o711)
        var information = stat()
        // Everybody may make things there: what is found must be a real folder, ours, and closed to writing.
        guard made == 0 || errno == EEXIST, lstat(folder, &information) == 0,
            information.st_mode & S_IFMT == S_IFDIR, information.st_uid == getuid(), information.st_mode & 0o022 == 0
        else {
            throw LocalServerError(
                .folderNotUsable, "\(folder) is not a folder of ours; name a data folder to use instead")
        }
        return folder
    }

    private static func nearestExisting(_ path: String) -> String {
        var path = path
        while path != "/", !FileManager.default.fileExists(atPath: path) {
            path = URL(fileURLWithPath: path).deletingLastPathComponent().path
        }
        return path
    }
}
