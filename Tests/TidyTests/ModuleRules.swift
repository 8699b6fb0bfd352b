/// The modules of the project and where they are, as Package.swift has them.
struct ModuleMap: Sendable {
    private let folders: [String: String]

    /// - Parameter manifest: the text of Package.swift.
    init(manifest: String) {
        var folders: [String: String] = [:]
        for chunk in manifest.replacing(".systemLibrary(", with: ".target(").split(separator: "arget(").dropFirst() {
            guard let name = Self.value(of: "name", in: chunk) else { continue }
            let isTest = name.hasSuffix("Tests")
            folders[name] = Self.value(of: "path", in: chunk) ?? "\(isTest ? "Tests" : "Sources")/\(name)"
        }
        self.folders = folders
    }

    var names: Set<String> { Set(folders.keys) }

    /// The module that a file belongs to: that of the deepest folder.
    func module(of path: String) -> String? {
        folders.filter { path.hasPrefix($0.value + "/") }.max { $0.value.utf8.count < $1.value.utf8.count }?.key
    }

    func folder(of module: String) -> String? { folders[module] }

    /// The adapter that a module is part of: the folder after `Sources/Adapters`. Nil for other modules, and
    /// for what all adapters share.
    func adapter(of module: String) -> String? {
        guard let parts = folders[module]?.split(separator: "/"), parts.count > 2, parts[1] == "Adapters" else {
            return nil
        }
        return ["CThreads", "IOThreads"].contains(parts[2]) ? nil : String(parts[2])
    }

    private static func value(of label: String, in chunk: Substring) -> String? {
        guard let start = chunk.firstRange(of: "\(label): \"")?.upperBound else { return nil }
        return String(chunk[start...].prefix { $0 != "\"" })
    }
}

/// Rules about which module may import which.
struct ModuleRules: Sendable {
    let map: ModuleMap

    /// Those of ours that a module may import at most. Modules that are not named here are only bound by
    /// the rules about adapters and participants.
    static let allowed: [String: Set<String>] = [
        "SagaValues": [],
        "Patterns": [],
        "Expressions": ["SagaValues", "Patterns"],
        "SagaCore": ["SagaValues", "Expressions"],
        "SagaWire": ["SagaValues"],
        "Exploration": ["SagaValues", "SagaCore"],
        "Workflows": ["SagaValues", "Patterns", "Expressions", "SagaCore"],
        "Scenarios": ["SagaValues", "SagaCore", "Workflows"],
        "Diagrams": ["SagaValues", "SagaCore"],
        "Comparing": ["SagaValues", "SagaCore", "Workflows"],
        "SagaEngine": ["SagaValues", "SagaCore", "Comparing", "Workflows"],
        "IOThreads": ["CThreads"],
        "Postgres": ["SagaValues", "IOThreads", "CPostgres"],
        "RabbitMQ": ["SagaValues", "IOThreads", "CRabbitMQ"],
        "SagaAPI": ["SagaValues"],
        "SagaCLI": ["SagaValues", "SagaAPI"],
        "LocalServers": ["CSpawn"],
    ]

    /// Modules without Foundation: they stay small, start fast, and mean the same on every platform.
    static let withoutFoundation: Set = [
        "SagaValues", "Patterns", "Expressions", "SagaCore", "Exploration", "Scenarios", "Diagrams", "Comparing",
        "SagaWire", "IOThreads", "Postgres", "RabbitMQ",
    ]

    /// A service knows the wire, not what is on the other side of it.
    static let participants: Set = ["ParticipantKit", "CloudPhone"]

    func foundation(in file: SourceFile) -> [Offence] {
        guard let module = map.module(of: file.path), Self.withoutFoundation.contains(module) else { return [] }
        return file.imports.filter { $0.module.hasPrefix("Foundation") || $0.module == "Dispatch" }.map {
            Offence(
                path: file.path, line: $0.line,
                advice: "\(module) does without \($0.module): use the standard library, or do this in a module above")
        }
    }

    func direction(of file: SourceFile) -> [Offence] {
        guard file.isSwift, let module = map.module(of: file.path) else { return [] }
        return file.imports.compactMap { imported, line in
            guard map.names.contains(imported), imported != module else { return nil }
            return objection(to: imported, in: module).map { Offence(path: file.path, line: line, advice: $0) }
        }
    }

    private func objection(to imported: String, in module: String) -> String? {
        if let allowed = Self.allowed[module], !allowed.contains(imported) {
            let list = allowed.isEmpty ? "none of ours" : "only " + allowed.sorted().joined(separator: ", ")
            return
                "\(module) imports \(list), not \(imported): move the code up, or pass the thing in through a protocol"
        }
        if let own = map.adapter(of: module), let other = map.adapter(of: imported), own != other {
            return "adapters do not import each other (\(own), \(other)): let the executable connect them"
        }
        let engine: Set = ["SagaEngine", "Workflows", "PostgresStore"]
        if Self.participants.contains(module), engine.contains(imported) {
            return "\(module) runs in services and knows only the wire, not \(imported)"
        }
        return nil
    }
}
