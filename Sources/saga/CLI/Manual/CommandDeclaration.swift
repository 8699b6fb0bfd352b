internal import SagaValues

/// A command as it declares itself: what `--help`, completions and manual pages are made of.
public struct CommandDeclaration: Sendable {
    public struct Argument: Sendable {
        public enum Kind: String, Sendable { case positional, option, flag }

        public let kind: Kind
        /// As they are written: `-o`, `--output-format`; none for positional ones.
        public let names: [String]
        public let valueName: String
        let section: String?
        let abstract: String
        let discussion: String
        let initial: String?
        let values: [String]
        public let isOptional: Bool
        public let isRepeating: Bool
        let isVisible: Bool
    }

    /// `["saga", "workflow", "deploy"]`.
    public let path: [String]
    public let abstract: String
    let discussion: String
    public let arguments: [Argument]
    public let subcommands: [CommandDeclaration]
    let initialSubcommand: String?
    let isVisible: Bool

    /// - Parameter dump: what `--experimental-dump-help` prints.
    public init(dump: String) throws {
        let json = try JSON(parsing: Array(dump.utf8), limits: JSON.Limits(bytes: 64 << 20, depth: 128))
        guard let command = json["command"] else { throw Unreadable() }
        try self.init(command, below: [])
    }

    struct Unreadable: Error {}

    private init(_ json: JSON, below parents: [String]) throws {
        guard let name = json["commandName"]?.stringValue else { throw Unreadable() }
        path = parents + [name]
        abstract = json["abstract"]?.stringValue ?? ""
        discussion = json["discussion"]?.stringValue ?? ""
        arguments = try (json["arguments"]?.arrayValue ?? []).map(Argument.init)
        initialSubcommand = json["defaultSubcommand"]?.stringValue
        isVisible = json["shouldDisplay"] != false
        let path = path
        subcommands = try (json["subcommands"]?.arrayValue ?? []).map { try CommandDeclaration($0, below: path) }
            .filter { $0.path.last != "help" }
    }

    /// This one and all below it, without those that are hidden.
    public var family: [CommandDeclaration] {
        isVisible ? [self] + subcommands.flatMap(\.family) : []
    }
}

extension CommandDeclaration.Argument {
    fileprivate init(_ json: JSON) throws {
        guard let kind = json["kind"]?.stringValue.flatMap(Kind.init) else { throw CommandDeclaration.Unreadable() }
        self.kind = kind
        names = (json["names"]?.arrayValue ?? []).compactMap { name in
            switch name["kind"] {
            case "short": "-" + (name["name"]?.stringValue ?? "")
            case "long": "--" + (name["name"]?.stringValue ?? "")
            default: nil
            }
        }
        valueName = json["valueName"]?.stringValue ?? ""
        section = json["sectionTitle"]?.stringValue
        abstract = json["abstract"]?.stringValue ?? ""
        discussion = json["discussion"]?.stringValue ?? ""
        initial = json["defaultValue"]?.stringValue
        values = (json["allValues"]?.arrayValue ?? []).compactMap(\.stringValue)
        isOptional = json["isOptional"] != false
        isRepeating = json["isRepeating"] == true
        isVisible = json["shouldDisplay"] != false
    }
}
