internal import Configuration

/// Where settings come from: flags before the environment, the environment before a file.
///
/// Flags and file are read strictly before they are provided (``FlagSettings``, ``FileSettings``): the providers of
/// the library for them pass over what they do not know, split values at commas, and quote files in their errors.
struct ConfigurationSource {
    private struct Place {
        let provider: any ConfigProvider
        /// How a setting is called there.
        let name: @Sendable (SettingDescription) -> String
    }

    private let places: [Place]
    private let reader: ConfigReader

    /// - Parameters:
    ///   - file: path of a YAML file, or nil.
    ///   - flags: `--http-port 8080` and the like; the file itself is not among them.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read, and for any flag, variable or member
    ///   that nobody would look at: a misspelt setting must not be silence.
    init(file path: String?, flags: [String], environment: [String: String]) throws(ConfigurationError) {
        let keys = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.flag, $0.key) })
        let flags = try FlagSettings.read(flags, keys: keys)
        try ConfigurationSource.check(environment)
        let variables = Dictionary(
            uniqueKeysWithValues: Settings.all.compactMap { setting in
                environment[setting.environmentName].map { (setting.key, $0) }
            })
        var places = [
            Place(provider: Self.provider("flags", flags), name: \.flag),
            Place(provider: Self.provider("environment", variables), name: \.environmentName),
        ]
        if let path {
            let file = try FileSettings.read(path, known: Set(Settings.all.map(\.key)))
            places.append(Place(provider: Self.provider(path, file)) { "\($0.key) in \(path)" })
        }
        self.places = places
        reader = ConfigReader(providers: places.map(\.provider))
    }

    private static func provider(_ name: String, _ values: [String: String]) -> any ConfigProvider {
        let secrets = Set(Settings.all.filter(\.isSecret).map(\.key))
        return InMemoryProvider(
            name: name,
            values: Dictionary(
                uniqueKeysWithValues: values.map { key, text in
                    (
                        AbsoluteConfigKey(ConfigKey(key)),
                        ConfigValue(.string(text), isSecret: secrets.contains(key))
                    )
                }))
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
        let key = ConfigKey(setting.key)
        guard let text = reader.string(forKey: key, isSecret: setting.isSecret) else { return nil }
        let place = places.first { place in
            (try? place.provider.value(forKey: AbsoluteConfigKey(key), type: .string).value) != nil
        }
        return (text, place?.name(setting) ?? setting.key)
    }

    /// Variables that belong to the client or to the local servers, not to this server.
    private static let otherVariables: Set = ["SAGA_URL", "SAGA_TOKEN", "SAGA_PROFILE", "SAGA_POSTGRES_BIN"]

    private static func check(_ environment: [String: String]) throws(ConfigurationError) {
        let known = Set(Settings.all.map(\.environmentName))
        for name in environment.keys.sorted() where name.hasPrefix("SAGA_") {
            guard known.contains(name) || otherVariables.contains(name) else {
                throw .unknown("environment variable", name, place: name, among: known)
            }
        }
    }
}
