internal import SagaValues

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
        let nearest = known.min { (name.editDistance(to: $0), $0) < (name.editDistance(to: $1), $1) }
        let hint = nearest.flatMap { name.editDistance(to: $0) <= 4 ? "; did you mean \($0)?" : nil }
        return ConfigurationError(
            .unknownName, "unknown \(what) \(place)\(hint ?? "; saga serve --help lists them")")
    }
}

extension String {
    /// How many letters must be put in, left out or changed to get from one to the other (Levenshtein, 1965).
    func editDistance(to other: String) -> Int {
        let target = Array(other.utf8)
        var row = Array(0...target.count)
        for (i, byte) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in target.enumerated() {
                let substitution = diagonal + (byte == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(row[j] + 1, row[j + 1] + 1, substitution)
            }
        }
        return row[target.count]
    }
}
