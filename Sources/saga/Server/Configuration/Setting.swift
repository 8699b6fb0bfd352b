internal import SagaValues

/// One thing that can be configured: its key, what it means, and how its text is read.
struct Setting<Value: Sendable>: Sendable {
    /// `http.port`: in a file; `SAGA_HTTP_PORT` in the environment; `--http-port` as a flag.
    let key: String
    /// What it means, in one line, with its unit and range.
    let help: String
    /// Used when nobody sets it; nil if somebody must, or if nothing is meant.
    var initial: Value?
    var isRequired = false
    var isSecret = false
    /// How a value looks in documentation.
    var show: @Sendable (Value) -> String = { "\($0)" }
    let read: @Sendable (String) throws(SettingError) -> Value

    var environmentName: String {
        "SAGA_" + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    var flag: String { "--" + key.map { $0 == "." ? "-" : String($0) }.joined() }

    var description: SettingDescription {
        SettingDescription(
            key: key, environmentName: environmentName, flag: flag, help: help,
            initial: isSecret ? nil : initial.map(show), isRequired: isRequired, isSecret: isSecret)
    }
}

/// A setting as documentation shows it.
public struct SettingDescription: Sendable, Hashable {
    public let key: String
    public let environmentName: String
    public let flag: String
    public let help: String
    public let initial: String?
    public let isRequired: Bool
    public let isSecret: Bool
}

/// A text that is no value of its setting: what is expected instead.
struct SettingError: Error {
    var code = ConfigurationError.Code.malformedValue
    let expectation: String
}

extension Setting {
    static func text(_ key: String, _ help: String, initial: String? = nil) -> Setting<String> {
        Setting<String>(key: key, help: help, initial: initial) { text throws(SettingError) in
            guard !text.isEmpty else { throw SettingError(expectation: "a text that is not empty") }
            return text
        }
    }

    /// - Parameter shortest: in characters; a shorter one could be guessed.
    static func secret(
        _ key: String, _ help: String, isRequired: Bool = false, shortest: Int = 1
    ) -> Setting<Secret> {
        Setting<Secret>(key: key, help: help, isRequired: isRequired, isSecret: true) { text throws(SettingError) in
            guard !text.isEmpty else { throw SettingError(expectation: "a text that is not empty") }
            guard text.utf8.count >= shortest else {
                throw SettingError(
                    code: .weakToken,
                    expectation: "\(shortest) characters or more, as \"openssl rand -hex 32\" makes them")
            }
            return Secret(text)
        }
    }

    static func number(_ key: String, _ help: String, initial: Int, _ range: ClosedRange<Int>) -> Setting<Int> {
        Setting<Int>(
            key: key, help: "\(help), \(range.lowerBound) to \(range.upperBound)", initial: initial
        ) { text throws(SettingError) in
            guard let number = Int(text), range.contains(number) else {
                throw SettingError(expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }

    static func duration(
        _ key: String, _ help: String, initial: Duration, _ range: ClosedRange<Duration>
    ) -> Setting<Duration> {
        let bounds = "\(range.lowerBound.sagaText) to \(range.upperBound.sagaText)"
        return Setting<Duration>(
            key: key, help: "\(help), \(bounds)", initial: initial, show: \.sagaText
        ) { text throws(SettingError) in
            guard let duration = Duration(sagaText: text), range.contains(duration) else {
                throw SettingError(expectation: "a duration such as 500ms, 30s or 5m, from \(bounds)")
            }
            return duration
        }
    }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable {
    static func choice(_ key: String, _ help: String, initial: Value) -> Setting {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(
            key: key, help: "\(help): \(names)", initial: initial, show: \.rawValue
        ) { text throws(SettingError) in
            guard let choice = Value(rawValue: text) else { throw SettingError(expectation: "one of \(names)") }
            return choice
        }
    }
}
