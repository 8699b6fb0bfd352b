internal import Foundation
internal import Glibc

/// Where the programs are that we start.
enum Programs {
    /// - Parameter name: a path, or a name to look for in PATH and the system's own folders.
    static func path(of name: String) throws(LocalServerError) -> String {
        if let found = find(name) { return found }
        throw LocalServerError(
            .programMissing,
            "the program \(name) is not installed, or may not be run; scripts/setup installs what is missing")
    }

    static func find(_ name: String) -> String? {
        if name.contains("/") { return isProgram(name) ? name : nil }
        let searched = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = searched.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return folders.map { "\($0)/\(name)" }.first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The folder with `postgres` and `initdb`: that of the given major version, else of the newest one.
    ///
    /// Debian keeps them out of PATH, one folder per version. `SAGA_POSTGRES_BIN` names another place.
    static func postgresFolder(version: String? = nil) throws(LocalServerError) -> String {
        if let chosen = ProcessInfo.processInfo.environment["SAGA_POSTGRES_BIN"] { return chosen }
        let base = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [])
            .filter { isProgram("\(base)/\($0)/bin/postgres") }
            .sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        if let version, let newest = versions.first {
            guard versions.contains(version) else {
                throw LocalServerError(
                    .otherVersion,
                    "the data was written by PostgreSQL \(version), but only \(newest) is installed; "
                        + "install that version, or remove the data folder to start anew")
            }
            return "\(base)/\(version)/bin"
        }
        if let newest = versions.first { return "\(base)/\(newest)/bin" }
        if let found = find("postgres") { return String(found.dropLast("/postgres".count)) }
        throw LocalServerError(.programMissing, "PostgreSQL is not installed; scripts/setup installs what is missing")
    }

    /// The folder that holds `sbin`, `escript` and `plugins` of RabbitMQ.
    static func rabbitMQHome() throws(LocalServerError) -> String {
        let script = "/usr/lib/rabbitmq/bin/rabbitmq-server"
        if let real = realpath(script, nil) {
            defer { free(real) }
            return String(String(cString: real).dropLast("/sbin/rabbitmq-server".count))
        }
        throw LocalServerError(.programMissing, "RabbitMQ is not installed; scripts/setup installs what is missing")
    }
}

extension ChildProcess {
    /// Runs a helper program to its end and returns what it printed.
    ///
    /// - Throws: ``LocalServerError`` with `commandFailed` and the last lines of its output, also when it
    ///   took longer than the limit.
    @discardableResult
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        inheritsEnvironment: Bool = true, directory: String? = nil, limit: Duration = .seconds(60)
    ) async throws(LocalServerError) -> String {
        let collected = CollectedLines()
        let child = try start(
            executable, arguments, environment: environment, inheritsEnvironment: inheritsEnvironment,
            directory: directory, output: .lines { collected.append($0) }, ending: .killed(.programs))
        let status = await child.end(within: limit)
        guard let status, status.isSuccess else {
            let name = executable.split(separator: "/").last ?? ""
            let reason = status.map { "failed with \($0)" } ?? "took longer than \(limit)"
            throw LocalServerError(.commandFailed, "\(name) \(reason)", details: collected.text(last: 15))
        }
        return collected.text()
    }

    /// Waits for the end; kills it, and returns nil, when that does not come within the limit.
    private func end(within limit: Duration) async -> ExitStatus? {
        if let status = await waitForExit(within: limit) { return status }
        _ = identity.killFamily()
        await waitForExit()
        return nil
    }
}
