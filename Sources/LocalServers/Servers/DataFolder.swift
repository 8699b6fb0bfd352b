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
