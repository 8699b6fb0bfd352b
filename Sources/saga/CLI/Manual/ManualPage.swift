/// A manual page, in section 1, made of what a command declares.
public struct ManualPage {
    /// `saga-workflow-deploy.1`.
    public let file: String
    public let text: String

    /// - Parameters:
    ///   - date: such as 2026-11-22.
    ///   - version: of the program.
    public static func all(of program: CommandDeclaration, version: String, date: String) -> [ManualPage] {
        program.family.map { ManualPage($0, version: version, date: date) }
    }

    init(_ command: CommandDeclaration, version: String, date: String) {
        let name = Self.name(command.path)
        file = name + ".1"
        let lines =
            [
                ".\\\" Made by \"saga man\" from what the command declares: change the declaration.",
                ".TH \"\(Roff.text(name.uppercased()))\" \"1\" \"\(date)\" \"saga \(version)\" \"Saga\"",
                ".SH NAME", "\(Roff.text(name)) \\- \(Roff.text(Self.clause(command.abstract)))",
                ".SH SYNOPSIS",
            ] + Self.synopsis(command) + [".SH DESCRIPTION", Roff.line(command.abstract)]
            + Roff.paragraphs(command.discussion) + Self.commands(command) + Self.options(command)
            + Self.exits + Self.environment(command) + Self.others(command)
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func name(_ path: [String]) -> String { path.joined(separator: "-") }

    /// Without the full stop: `apropos` lists it behind the name.
    private static func clause(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    private static func synopsis(_ command: CommandDeclaration) -> [String] {
        let head = ".B \(Roff.text(command.path.joined(separator: " ")))"
        let visible = command.arguments.filter(\.isVisible)
        let options = visible.filter { $0.kind != .positional }
        let words = visible.filter { $0.kind == .positional }
        let below = command.subcommands.contains { $0.isVisible } ? ["\\fIcommand\\fR"] : []
        return [head] + below + (words + options.filter { !$0.isOptional } + options.filter(\.isOptional)).map(usage)
    }

    private static func usage(_ argument: CommandDeclaration.Argument) -> String {
        let value = "\\fI\(Roff.text(argument.valueName))\\fR"
        let long = argument.names.first { $0.hasPrefix("--") } ?? argument.names.first
        let name = long.map { "\\fB\(Roff.text($0))\\fR" }
        let text: String =
            switch argument.kind {
            case .positional: value
            case .flag: name ?? ""
            case .option: "\(name ?? "") \(value)"
            }
        let many = argument.isRepeating ? " ..." : ""
        return argument.isOptional ? "[\(text)\(many)]" : text + many
    }

    private static func commands(_ command: CommandDeclaration) -> [String] {
        let visible = command.subcommands.filter(\.isVisible)
        guard !visible.isEmpty else { return [] }
        let initial = command.initialSubcommand.map {
            [".PP", "If no command is named, \\fB\(Roff.text($0))\\fR is meant."]
        }
        return [".SH COMMANDS"]
            + visible.flatMap { below in
                [".TP", ".BR \(Roff.text(name(below.path))) (1)", Roff.line(below.abstract)]
            } + (initial ?? [])
    }

    /// In the groups that `--help` has, in their order.
    private static func options(_ command: CommandDeclaration) -> [String] {
        let visible = command.arguments.filter(\.isVisible)
        guard !visible.isEmpty else { return [] }
        var sections: [String?] = []
        for argument in visible where !sections.contains(argument.section) { sections.append(argument.section) }
        return [".SH OPTIONS"]
            + sections.flatMap { section in
                (section.map { [".SS \(Roff.text($0))"] } ?? [])
                    + visible.filter { $0.section == section }.flatMap(describe)
            }
    }

    private static func describe(_ argument: CommandDeclaration.Argument) -> [String] {
        let value = "\\fI\(Roff.text(argument.valueName))\\fR"
        let names = argument.names.map { "\\fB\(Roff.text($0))\\fR" }.joined(separator: ", ")
        let term: String =
            switch argument.kind {
            case .positional: value
            case .flag: names
            case .option: "\(names) \(value)"
            }
        let remarks = [
            argument.values.isEmpty ? nil : "One of \(argument.values.joined(separator: ", ")).",
            argument.initial.map { "If it is not given: \($0)." },
            argument.isRepeating ? "May be given several times." : nil,
        ]
        let text = [argument.abstract, argument.discussion] + remarks.compactMap(\.self)
        return [".TP", term, Roff.line(text.filter { !$0.isEmpty }.joined(separator: " "))]
    }

    private static var exits: [String] {
        [".SH EXIT STATUS"]
            + ExitStatus.allCases.flatMap { [".TP", ".B \($0.rawValue)", Roff.line($0.meaning)] }
    }

    private static func environment(_ command: CommandDeclaration) -> [String] {
        guard command.arguments.contains(where: { $0.names.contains("--url") }) || command.path.count == 1 else {
            return []
        }
        return [".SH ENVIRONMENT"]
            + EnvironmentVariable.all.flatMap { [".TP", ".B \(Roff.text($0.name))", Roff.line($0.help)] }
    }

    private static func others(_ command: CommandDeclaration) -> [String] {
        let parents = command.path.indices.dropFirst().map { Array(command.path[..<$0]) }
        let names = (parents + command.subcommands.filter(\.isVisible).map(\.path)).map(name)
        guard !names.isEmpty else { return [] }
        return [".SH SEE ALSO"]
            + names.enumerated().map { index, name in
                ".BR \(Roff.text(name)) (1)\(index + 1 < names.count ? "," : "")"
            }
    }
}

/// What the client looks at beside its options.
struct EnvironmentVariable {
    let name: String
    let help: String

    static let all = [
        EnvironmentVariable(name: "SAGA_URL", help: "The server's address."),
        EnvironmentVariable(name: "SAGA_TOKEN", help: "The bearer token."),
        EnvironmentVariable(name: "SAGA_PROFILE", help: "The profile that names the server."),
        EnvironmentVariable(
            name: "XDG_CONFIG_HOME", help: "The folder with saga/profiles.yaml; $HOME/.config if it is not set."),
        EnvironmentVariable(name: "TZ", help: "The zone of --time local."),
        EnvironmentVariable(name: "NO_COLOR", help: "If it is set, nothing is coloured."),
    ]
}
