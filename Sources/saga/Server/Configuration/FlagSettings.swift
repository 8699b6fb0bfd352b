/// The settings among the arguments, as texts by their keys: `--http-port 8080` or `--http-port=8080`.
///
/// What stands in the place of a value is never shown: it may be a secret.
enum FlagSettings {
    static func read(_ arguments: [String], keys: [String: String]) throws(ConfigurationError) -> [String: String] {
        let known = Set(keys.keys)
        var values: [String: String] = [:]
        var rest = arguments[...]
        var last: String?
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                throw ConfigurationError(
                    .unknownName,
                    "an argument \(last.map { "after the value of \($0)" } ?? "before the first flag") is no flag; "
                        + "write settings like --http-port 8080, and put quotes around values with blanks")
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let key = keys[parts[0]] else { throw .unknown("flag", parts[0], place: parts[0], among: known) }
            // A flag that follows is not the value: so says everybody who has forgotten one.
            guard let value = parts.count == 2 ? parts[1] : rest.first.flatMap({ keys[$0] == nil ? $0 : nil }) else {
                throw ConfigurationError(.malformedValue, "\(parts[0]) needs a value, as in \(parts[0])=<value>")
            }
            if parts.count == 1 { rest.removeFirst() }
            guard values.updateValue(value, forKey: key) == nil else {
                throw ConfigurationError(.malformedValue, "\(parts[0]) is given twice; leave one")
            }
            last = parts[0]
        }
        return values
    }
}
