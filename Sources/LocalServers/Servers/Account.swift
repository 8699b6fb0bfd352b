internal import Foundation
internal import Glibc

/// The account of the operating system that PostgreSQL runs under: it refuses to run as root.
struct Account: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t
    /// What is put before a command to run it under this account; `exec`s, so the pid stays the same.
    let prefix: [String]

    /// Nil when we are not root: then everything runs as ourselves.
    static func forPostgres() throws(LocalServerError) -> Account? {
        guard getuid() == 0 else { return nil }
        let name = "postgres"
        guard let entry = getpwnam(name) else {
            throw LocalServerError(
                .accountMissing,
                "PostgreSQL does not run as root, and there is no account \(name); scripts/setup installs PostgreSQL with it"
            )
        }
        let setpriv = try Programs.path(of: "setpriv")
        return Account(
            name: name, user: entry.pointee.pw_uid, group: entry.pointee.pw_gid,
            prefix: [setpriv, "--reuid=\(name)", "--regid=\(name)", "--init-groups", "--"])
    }

    /// Makes sure that this account can get as far as the folder.
    func checkReach(of folder: String) async throws(LocalServerError) {
        let test = try Programs.path(of: "test")
        do throws(LocalServerError) {
            try await ChildProcess.run(prefix[0], Array(prefix.dropFirst()) + [test, "-x", folder], directory: "/")
        } catch {
            let barrier = firstClosedFolder(on: folder)
            throw LocalServerError(
                .folderNotReachable,
                "the account \(name), under which PostgreSQL runs, cannot reach \(folder): \(barrier) is closed to it; "
                    + "choose a folder elsewhere, or open that one with: chmod a+x '\(barrier)'")
        }
    }

    private func firstClosedFolder(on folder: String) -> String {
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            var information = stat()
            guard stat(path, &information) == 0 else { return path }
            let bit: mode_t = information.st_uid == user ? 0o100 : information.st_gid == group ? 0o010 : 0o001
            if information.st_mode & bit == 0 { return path }
        }
        return folder
    }
}
