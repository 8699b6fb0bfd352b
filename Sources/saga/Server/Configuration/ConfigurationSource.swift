/// Where settings come from: flags before the environment, the environment before a file.
struct ConfigurationSource {
    private let flags: [String: String]
    private let environment: [String: String]
    private let file: [String: String]
    private let path: String?

    /// - Parameters:
    ///   - file: path of a YAML file, or nil.
    ///   - flags: `--http-port 8080` and the like; the file itself is not among them.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read, and for any flag, variable or member
    ///   that nobody would look at: a misspelt setting must not be silence.
    init(file path: String?, flags: [String], environment: [String: String]) throws(ConfigurationError) {
        let keys = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.flag, $0.key) })
        self.flags = try FlagSettings.read(flags, keys: keys)
        try ConfigurationSource.check(environment)
        self.environment = environment
        self.file =
            try path.map { path throws(ConfigurationError) in
                try FileSettings.read(path, known: Set(Settings.all.map(\.key)))
            } ?? [:]
        self.path = path
    }

    /// The value of a setting, or its initial one.
    func value<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value? {
        let description = setting.description
        guard let (text, place) = find(description) else {
            guard !setting.isRequired else { throw .missing(description) }
            return setting.initial
        }
        do {
            return try setting.read(text)
        } catch {
            let shown = setting.isSecret ? "what is given" : "\"\(text.prefix(80).filter { !$0.isNewline })\""
            throw ConfigurationError(error.code, "\(place) must be \(error.expectation); \(shown) is not")
        }
    }

    /// The value of a setting that has an initial one or is required.
    func require<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value {
        guard let value = try value(setting) else { throw .missing(setting.description) }
        return value
    }

    /// The text that counts, and where it stands.
    func find(_ setting: SettingDescription) -> (text: String, place: String)? {
        if let text = flags[setting.key] { return (text, setting.flag) }
        if let text = environment[setting.environmentName] { return (text, setting.environmentName) }
        return file[setting.key].map { ($0, "\(setting.key) in \(path ?? "the file")") }
    }

    /// Variables that belong to the client or to the local servers, not to this server.
    private static let otherVariables: Set = ["SAGA_URL", "SAGA_TOKEN", "SAGA_POSTGRES_BIN"]

    private static func check(_ environment: [String: String]) throws(ConfigurationError) {
        let known = Set(Settings.all.map(\.environmentName))
        for name in environment.keys.sorted() where name.hasPrefix("SAGA_") {
            guard known.contains(name) || otherVariables.contains(name) else {
                throw .unknown("environment variable", name, place: name, among: known)
            }
        }
    }
}
