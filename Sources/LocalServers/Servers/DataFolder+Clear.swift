internal import Foundation
internal import Glibc

extension DataFolder {
    /// What a local platform keeps in its data folder, by name.
    public struct Contents: Sendable {
        /// Folder of a PostgreSQL cluster.
        public var postgres: String
        /// Folder of a RabbitMQ node.
        public var rabbitMQ: String
        /// Folder of log files, `*.log`.
        public var logs: String
        /// Plain files or links.
        public var files: [String]

        public init(postgres: String, rabbitMQ: String, logs: String, files: [String]) {
            self.postgres = postgres
            self.rabbitMQ = rabbitMQ
            self.logs = logs
            self.files = files
        }
    }

    /// Removes the contents that a platform has left in a folder, but not the folder; nothing happens when there
    /// is none.
    ///
    /// Somebody may have named the wrong folder, so everything is looked at before the first file goes. Logs and
    /// files have nothing that shows whose they are: they count as ours beside the folder of a server that is.
    /// - Throws: ``LocalServerError``, with everything as it was: `folderNotUsable` if anything else lies there,
    ///   `folderInUse` while servers run there.
    public static func clear(_ folder: String, of contents: Contents) async throws(LocalServerError) {
        guard kind(of: folder) != nil else { return }
        let found: Set<String>
        do {
            found = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
        } catch {
            throw LocalServerError(.folderNotUsable, "\(folder) cannot be read: \(error.localizedDescription)")
        }
        let foreign = foreign(found, in: folder, contents)
        guard foreign.isEmpty else {
            let more = foreign.count > 3 ? " and \(foreign.count - 3) more" : ""
            let names = foreign.sorted().prefix(3).map { $0.filter { !$0.isNewline } }.joined(separator: ", ")
            throw LocalServerError(
                .folderNotUsable,
                "\(folder) is not thrown away, since it holds what saga has not made: \(names)\(more); "
                    + "choose another folder")
        }
        // Held until everything is gone, so that nobody starts a server there meanwhile.
        var servers: [ServerFolder] = []
        for (name, kind) in [(contents.rabbitMQ, LocalRabbitMQ.kind), (contents.postgres, LocalPostgres.kind)]
        where found.contains(name) {
            servers.append(try ServerFolder("\(folder)/\(name)", kind: kind))
        }
        for server in servers { try await server.waitForPredecessor() }
        // What shows that the folder is ours goes last: should this be cut short, it can be done again.
        for name in [contents.logs] + contents.files + [contents.rabbitMQ, contents.postgres]
        where found.contains(name) {
            do {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            } catch {
                throw LocalServerError(
                    .folderNotUsable, "\(folder)/\(name) cannot be removed: \(error.localizedDescription)")
            }
        }
        withExtendedLifetime(servers) {}
    }

    /// The names that are not a platform's.
    private static func foreign(_ found: Set<String>, in folder: String, _ contents: Contents) -> [String] {
        var isOurs = false
        for name in [contents.postgres, contents.rabbitMQ] where found.contains(name) {
            // A link would lead out of the folder.
            guard kind(of: "\(folder)/\(name)") == S_IFDIR else { return [name] }
            isOurs = isOurs || FileManager.default.fileExists(atPath: "\(folder)/\(name)/kind")
        }
        var foreign: [String] = []
        for name in found where name != contents.postgres && name != contents.rabbitMQ {
            let kind = kind(of: "\(folder)/\(name)")
            if contents.files.contains(name) {
                if !isOurs || kind != S_IFREG && kind != S_IFLNK { foreign.append(name) }
            } else if name == contents.logs {
                if !isOurs || kind != S_IFDIR { foreign.append(name) }
                let logs = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
                foreign += logs.filter { !$0.hasSuffix(".log") }.map { "\(name)/\($0)" }
            } else {
                foreign.append(name)
            }
        }
        return foreign
    }

    /// Links are not followed; nil when there is nothing.
    private static func kind(of path: String) -> mode_t? {
        var information = stat()
        return lstat(path, &information) == 0 ? information.st_mode & S_IFMT : nil
    }
}
