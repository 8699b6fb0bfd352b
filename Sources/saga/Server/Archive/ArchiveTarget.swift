internal import Foundation
internal import Glibc
internal import PostgresStore
internal import SagaValues

/// Where archives are written to: a folder, which gets a file for each ten thousand sagas or so, or one file.
enum ArchiveTarget: Sendable, Hashable {
    case folder(String)
    case file(String)

    /// A path that is a folder, or ends as one, is a folder.
    init(_ path: String) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        self = path.hasSuffix("/") || exists && isFolder.boolValue ? .folder(absolute) : .file(absolute)
    }

    /// Makes the folder, if it is not there.
    func prepare() throws(ArchiveError) {
        guard case .folder(let path) = self else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(path, "make the folder", errno)
        }
    }

    /// Removes what is left of files that were never finished: nothing of what stands in them was dropped.
    ///
    /// - Parameter kept: those that are known to be whole.
    func sweep(except kept: Set<String>) {
        guard case .folder(let path) = self,
            let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        else { return }
        for name in names where name.hasPrefix(Self.prefix) && name.hasSuffix(Self.suffix + ArchiveWriter.suffix) {
            let partial = "\(path)/\(name)"
            if !kept.contains(String(partial.dropLast(ArchiveWriter.suffix.count))) { unlink(partial) }
        }
    }

    /// A path that is not taken, by the first family that will stand in it.
    func path(of first: SagaFamily) throws(ArchiveError) -> String {
        switch self {
        case .file(let path):
            guard !FileManager.default.fileExists(atPath: path) else { throw .taken(path) }
            return path
        case .folder(let folder):
            let time = first.place.endedAt.description.prefix(19).filter { $0 != ":" && $0 != "-" }
            let stem = "\(folder)/\(Self.prefix)\(time)Z-\(first.root)"
            for number in 1... {
                let path = stem + (number == 1 ? "" : "-\(number)") + Self.suffix
                if !FileManager.default.fileExists(atPath: path) { return path }
            }
            throw .taken(stem)
        }
    }

    /// Whether further files can follow the first one.
    var isFolder: Bool { if case .folder = self { true } else { false } }

    private static let prefix = "saga-archive-"
    private static let suffix = ".jsonl"
}
