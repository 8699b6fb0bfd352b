internal import Configuration
internal import Foundation
internal import SagaValues
internal import SystemPackage
internal import Yams

/// Where settings come from: flags before the environment, the environment before a file.
struct ConfigurationSource {
    private let reader: ConfigReader
    private let origin: @Sendable (String) -> String

    /// - Parameters:
    ///   - file: path of a YAML file, or nil.
    ///   - flags: `--http-port 8080` and the like; the file itself is not among them.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read, and for any flag, variable or member
    ///   that nobody would look at: a misspelt setting must not be silence.
    init(file: String?, flags: [String], environment: [String: String]) async throws(ConfigurationError) {
        try ConfigurationSource.checkFlags(flags)
        try ConfigurationSource.checkEnvironment(environment)
        let prefixed = Dictionary(
            uniqueKeysWithValues: environment.filter { $0.key.hasPrefix("SAGA_") }.map {
                (String($0.key.dropFirst(5)), $0.value)
            })
        var providers: [any ConfigProvider] = [
            CommandLineArgumentsProvider(arguments: ["saga"] + flags),
            EnvironmentVariablesProvider(environmentVariables: prefixed),
        ]
        if let file {
            try ConfigurationSource.checkFile(file)
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
            } catch {
                throw ConfigurationError(code: .unreadableFile, message: "\(file): \(error)")
            }
        }
        self.reader = ConfigReader(providers: providers)
        let given = Set(flags.map { $0.split(separator: "=").first.map(String.init) ?? $0 })
        self.origin = { key in
            let description = Settings.all.first { $0.key == key }!
            if given.contains(description.flag) { return description.flag }
            if environment[description.environmentName] != nil { return description.environmentName }
            return file.map { "\(key) in \($0)" } ?? key
        }
    }

    /// The value of a setting, or its initial one.
    func value<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value? {
        // Every value is asked for as text: a typed question would answer a malformed value with the default.
        guard let text = reader.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret) else {
            guard !setting.isRequired else { throw .missing(setting.description) }
            return setting.initial
        }
        do {
            return try setting.read(text)
        } catch {
            let shown = setting.isSecret ? "what is given" : "\"\(text.prefix(80))\""
            throw ConfigurationError(
                code: .malformedValue, message: "\(origin(setting.key)) must be \(error.expectation); \(shown) is not")
        }
    }

    /// The value of a setting that has an initial one or is required.
    func require<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value {
        guard let value = try value(setting) else { throw .missing(setting.description) }
        return value
    }

    // MARK: Nothing unknown

    private static func checkFlags(_ flags: [String]) throws(ConfigurationError) {
        let known = Set(Settings.all.map(\.flag))
        var index = 0
        while index < flags.count {
            let name = flags[index].split(separator: "=", maxSplits: 1).first.map(String.init) ?? flags[index]
            guard known.contains(name) else { throw .unknown("flag", name, among: known) }
            if !flags[index].contains("=") {
                guard index + 1 < flags.count else {
                    throw ConfigurationError(code: .malformedValue, message: "\(name) needs a value")
                }
                index += 1
            }
            index += 1
        }
    }

    /// Variables that belong to the client or to the local servers, not to this server.
    private static let otherVariables: Set = ["SAGA_URL", "SAGA_TOKEN", "SAGA_POSTGRES_BIN"]

    private static func checkEnvironment(_ environment: [String: String]) throws(ConfigurationError) {
        let known = Set(Settings.all.map(\.environmentName))
        for name in environment.keys.sorted() where name.hasPrefix("SAGA_") {
            guard known.contains(name) || otherVariables.contains(name) else {
                throw .unknown("environment variable", name, among: known)
            }
        }
    }

    private static func checkFile(_ file: String) throws(ConfigurationError) {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationError(
                code: .unreadableFile, message: "cannot read \(file): \(error.localizedDescription)")
        }
        let root: Yams.Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw ConfigurationError(code: .unreadableFile, message: "\(file) is not YAML: \(error)")
        }
        guard let root else { return }
        let known = Set(Settings.all.map(\.key))
        for (key, value) in leaves(of: root, prefix: "") {
            guard known.contains(key) else { throw .unknown("setting in \(file)", key, among: known) }
            guard value.scalar != nil else {
                throw ConfigurationError(code: .malformedValue, message: "\(key) in \(file) must be a single value")
            }
        }
    }

    private static func leaves(of node: Yams.Node, prefix: String) -> [(String, Yams.Node)] {
        guard let mapping = node.mapping else { return [(prefix, node)] }
        return mapping.flatMap { key, value in
            leaves(of: value, prefix: prefix.isEmpty ? key.string ?? "" : "\(prefix).\(key.string ?? "")")
        }
    }
}
