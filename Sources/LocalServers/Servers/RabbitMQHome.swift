internal import Foundation
internal import Glibc

/// A home for RabbitMQ made of links, which holds only the applications that a plain broker needs.
///
/// The Erlang code loader looks into every plugin's folder for every module; with 20 of the 70 that are
/// installed a node starts in about half the time.
enum RabbitMQHome {
    /// - Parameter installed: the folder with `sbin`, `escript` and `plugins`.
    static func make(in folder: ServerFolder, from installed: String) throws(LocalServerError) -> String {
        let manager = FileManager.default
        let home = "\(folder.path)/installation"
        folder.remove("installation")
        try folder.make("installation")
        try folder.make("installation/plugins")
        do {
            for part in ["sbin", "escript"] {
                try manager.createSymbolicLink(atPath: "\(home)/\(part)", withDestinationPath: "\(installed)/\(part)")
            }
            let all = try manager.contentsOfDirectory(atPath: "\(installed)/plugins")
            for name in needed(among: all, in: "\(installed)/plugins") {
                try manager.createSymbolicLink(
                    atPath: "\(home)/plugins/\(name)", withDestinationPath: "\(installed)/plugins/\(name)")
            }
        } catch {
            throw LocalServerError(
                .folderNotUsable, "RabbitMQ's files cannot be linked into \(home): \(error.localizedDescription)")
        }
        return home
    }

    /// The applications that `rabbit` depends on, directly or not; all of them where that cannot be told.
    private static func needed(among all: [String], in plugins: String) -> [String] {
        var folders: [String: String] = [:]
        for name in all {
            if let dash = name.lastIndex(of: "-") { folders[String(name[..<dash])] = name }
        }
        var found: Set<String> = []
        // Those that are called without being declared.
        var waiting = ["rabbit", "rabbitmq_prelaunch", "amqp10_common", "systemd", "syslog"]
        while let name = waiting.popLast() {
            guard let folder = folders[name], found.insert(name).inserted else { continue }
            guard let dependencies = dependencies(of: name, in: "\(plugins)/\(folder)") else { return all }
            waiting += dependencies
        }
        return found.contains("rabbit") ? found.compactMap { folders[$0] } : all
    }

    /// What the application's own description lists under `applications`.
    private static func dependencies(of name: String, in folder: String) -> [String]? {
        guard let text = try? String(contentsOfFile: "\(folder)/ebin/\(name).app", encoding: .utf8) else { return nil }
        return text.split(separator: "{applications,").dropFirst().first.map { list in
            list.prefix { $0 != "]" }.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        }
    }
}
