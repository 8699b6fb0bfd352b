internal import Glibc

/// A small file, and who else can get at it: asked of the file that is open, so that it cannot be exchanged between.
struct PrivateFile {
    let bytes: [UInt8]
    /// Whether others can read it: the rule of ssh for keys. What belongs to somebody else is theirs to protect.
    let isReadableByOthers: Bool
    /// Whether others can write to it: the rule of ssh for its configuration.
    let isWritableByOthers: Bool

    /// Why it could not be read.
    struct Failure: Error {
        let reason: String
        var isMissing = false
    }

    /// - Parameter limit: in bytes; a larger one is a failure.
    init(_ path: String, limit: Int) throws(Failure) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure() }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.failure() }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure(reason: "it is a folder") }
        isReadableByOthers = status.st_uid == getuid() && status.st_mode & 0o077 != 0
        isWritableByOthers = status.st_uid != 0 && status.st_uid != getuid() || status.st_mode & 0o022 != 0
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= limit {
            let count = read(file, &buffer, buffer.count)
            guard count >= 0 else { throw Self.failure() }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else { throw Failure(reason: "it has more than \(limit) bytes") }
        self.bytes = bytes
    }

    private static func failure() -> Failure {
        let number = errno
        return Failure(reason: String(cString: strerror(number)), isMissing: number == ENOENT)
    }

    /// Puts a file in the place of another, at once and as a whole, readable by its owner alone.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let draft = "\(path).\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWritten = rest.isEmpty && fsync(file) == 0
        let isClosed = close(file) == 0
        guard isWritten, isClosed, rename(draft, path) == 0 else {
            let failure = failure()
            unlink(draft)
            throw failure
        }
    }
}
