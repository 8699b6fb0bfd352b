internal import SagaValues
internal import Workflows

/// A configuration that the program does not start with. One line says what is wrong and how to mend it.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case malformedValue = "SAGA-0301"
        case missingValue = "SAGA-0302"
        case unknownName = "SAGA-0303"
        case unreadableFile = "SAGA-0304"
        case weakToken = "SAGA-0305"
        case unusableKeys = "SAGA-0306"
    }

    public let code: Code
    public let message: String

    public var description: String { "\(message) [\(code.rawValue)]" }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func missing(_ setting: SettingDescription) -> ConfigurationError {
        ConfigurationError(
            .missingValue,
            "\(setting.key) is not set: \(setting.help). Set \(setting.environmentName), \(setting.flag), "
                + "or \(setting.key) in the configuration file")
    }

    /// - Parameter place: the name as it stands there, with its file.
    static func unknown(
        _ what: String, _ name: String, place: String, among known: Set<String>
    ) -> ConfigurationError {
        let hint = suggestion(for: name, among: known.sorted()).map { "; did you mean \($0)?" }
        return ConfigurationError(
            .unknownName, "unknown \(what) \(place)\(hint ?? "; saga serve --help lists them")")
    }
}
