internal import ArgumentParser
internal import Workflows

/// A word where a command should stand, and is none.
struct UnknownCommand: CustomStringConvertible {
    /// The commands before it: `saga workflow`.
    let path: [String]
    let word: String
    let meant: String?

    /// Nil if every word that must be a command is one; whatever else is wrong is not looked at.
    static func first(in words: [String], of root: any ParsableCommand.Type) -> UnknownCommand? {
        var command = root
        var path = [root.name]
        for word in words {
            let below = command.configuration.subcommands
            // What follows is an option, or an argument of this command, or of the one that is meant if none is named.
            guard !below.isEmpty, command.configuration.defaultSubcommand == nil, !word.hasPrefix("-"), word != "help"
            else { return nil }
            guard let next = below.first(where: { $0.name == word || $0.configuration.aliases.contains(word) }) else {
                let visible = below.filter { $0.configuration.shouldDisplay }
                return UnknownCommand(
                    path: path, word: word, meant: suggestion(for: word, among: visible.map { $0.name }))
            }
            command = next
            path.append(word)
        }
        return nil
    }

    var description: String {
        let before = path.joined(separator: " ")
        let hint = meant.map { "did you mean \"\(before) \($0)\"?" } ?? "\"\(before) --help\" lists them"
        return "there is no command \"\(before) \(word)\"; \(hint)"
    }
}

extension ParsableCommand {
    fileprivate static var name: String { configuration.commandName ?? _commandName }
}
