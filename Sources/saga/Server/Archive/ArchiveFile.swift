internal import Crypto
internal import Foundation
internal import Glibc
internal import PostgresStore
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// A file of archived sagas: JSON, a line each. Before the first saga of a workflow version stands that version, and the
/// last line has the number of sagas and the SHA-256 of all before it.
enum ArchiveFile {
    static let format = 1

    /// What a file was found to hold.
    struct Content {
        var families: [SagaFamily]
        var sagas: Int
        var bytes: Int
        /// SHA-256 of the file.
        var digest: [UInt8]
    }

    /// Reads a whole file, and finds out whether it is what was written.
    static func verify(_ path: String) throws(ArchiveError) -> Content {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .file(path, "read", errno) }
        defer { try? file.close() }
        var hash = SHA256()
        var reading = Reading()
        var (rest, bytes) = ([UInt8](), 0)
        while true {
            let chunk: Data
            do { chunk = try file.read(upToCount: 1 << 20) ?? Data() } catch { throw .file(path, "read", errno) }
            if chunk.isEmpty { break }
            bytes += chunk.count
            rest += chunk
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                do throws(Reading.Flaw) {
                    try reading.take(Array(rest[start..<end]), digestBefore: hash)
                } catch {
                    throw .damaged(path, error.description)
                }
                hash.update(data: rest[start...end])
                start = end + 1
            }
            rest.removeSubrange(..<start)
        }
        guard rest.isEmpty else { throw .damaged(path, "its last line is not whole") }
        guard reading.isEnded else { throw .damaged(path, "its end is missing") }
        return Content(
            families: reading.families, sagas: reading.sagas, bytes: bytes, digest: Array(hash.finalize()))
    }

    /// What the lines of a file said so far.
    private struct Reading {
        struct Flaw: Error { let description: String }

        var sagas = 0
        var isEnded = false
        private var order: [SagaValues.UUID] = []
        private var members: [SagaValues.UUID: [SagaFamily.Member]] = [:]
        private var endings: [SagaValues.UUID: Timestamp] = [:]

        var families: [SagaFamily] {
            order.map { root in
                SagaFamily(
                    place: .init(endedAt: endings[root] ?? Timestamp(microseconds: 0), root: root),
                    members: members[root] ?? [])
            }
        }

        mutating func take(_ line: [UInt8], digestBefore: SHA256) throws(Flaw) {
            guard !isEnded else { throw Flaw(description: "something follows its end") }
            guard let json = try? JSON(parsing: line, limits: JSON.Limits(bytes: 128 << 20, depth: 128)) else {
                throw Flaw(description: "line \(sagas + 1) or one near it is no JSON")
            }
            switch json["record"]?.stringValue {
            case "workflow": break
            case SagaRecord.kind:
                guard let root = json["family"]?.stringValue.flatMap({ SagaValues.UUID($0) }),
                    let record = try? SagaRecord(json), record.history.count == record.revision
                else { throw Flaw(description: "saga \(sagas + 1) in it is not whole") }
                if members[root] == nil { order.append(root) }
                endings[root] =
                    endings[root] ?? json["saga"]?["endedAt"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
                members[root, default: []].append(.init(id: record.id, revision: record.revision))
                sagas += 1
            case "end":
                guard json["sagas"]?.numberText == String(sagas) else {
                    throw Flaw(description: "there are \(sagas) sagas in it, which is another number than its end says")
                }
                guard json["digest"]?.stringValue == Array(digestBefore.finalize()).hexadecimal else {
                    throw Flaw(description: "its digest is another one")
                }
                isEnded = true
            default: throw Flaw(description: "there is a line of an unknown kind")
            }
        }
    }

    /// Has the names in a folder outlast the machine.
    static func syncFolder(of path: String) throws(ArchiveError) {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { throw .file(folder, "open", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(folder, "sync", errno) }
    }
}

/// A file of an archive while it is written, under a name of its own: with its right name it is whole.
struct ArchiveWriter {
    let path: String
    let partial: String
    private let descriptor: Int32
    private var hash = SHA256()
    private var known: Set<String> = []
    private(set) var sagas = 0
    private(set) var bytes = 0

    static let suffix = ".part"

    /// - Parameter path: where the file will be.
    init(_ path: String) throws(ArchiveError) {
        self.path = path
        partial = path + Self.suffix
        descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(partial, "write", errno) }
    }

    /// Writes a saga, and before it the versions of its workflow that it ran, if they are not in the file yet.
    mutating func append(_ saga: JSON, of family: SagaValues.UUID, _ workflows: [Workflow]) throws(ArchiveError) {
        for workflow in workflows where known.insert(workflow.digest).inserted {
            try append([
                "record": "workflow", "format": JSON(ArchiveFile.format), "name": .string(workflow.plan.workflow),
                "version": JSON(workflow.plan.version), "digest": .string(workflow.digest),
                "source": .string(workflow.source),
            ])
        }
        var object = saga.objectValue ?? [:]
        object["family"] = .string(family.description)
        try append(.object(object))
        sagas += 1
    }

    /// Ends the file and has it outlast the machine.
    mutating func end() throws(ArchiveError) {
        let before = Array(hash.finalize()).hexadecimal
        try append(["record": "end", "sagas": JSON(sagas), "digest": .string(before)])
        guard fsync(descriptor) == 0 else { throw .file(partial, "sync", errno) }
        close(descriptor)
        try ArchiveFile.syncFolder(of: partial)
    }

    /// Leaves nothing of it.
    func discard() {
        close(descriptor)
        unlink(partial)
    }

    private mutating func append(_ json: JSON) throws(ArchiveError) {
        let line = json.bytes + [0x0A]
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                guard errno == EINTR else { throw .file(partial, "write", errno) }
                continue
            }
            rest = rest.dropFirst(count)
        }
        hash.update(data: line)
        bytes += line.count
    }
}
