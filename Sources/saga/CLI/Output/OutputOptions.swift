public import ArgumentParser

/// The forms in which every command prints what it has.
public enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// Tables and sentences, for people.
    case table
    /// What the API answers, on one line; of what comes one after the other an object a line.
    case json
    /// One line for each item of a list, one line for a single thing.
    case jsonl
    case yaml
}

/// In which form a command prints: the same for all that print data.
public struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output-format")],
        help: ArgumentHelp("How to print.", valueName: "format"))
    var format: OutputFormat?

    @Flag(help: "The same as -o json.")
    var json = false

    public init() {}

    public func validate() throws {
        guard let format, json, format != .json else { return }
        throw ValidationError("--json and -o \(format.rawValue) contradict each other: leave one")
    }

    /// Whether a form was asked for.
    public var isGiven: Bool { format != nil || json }

    var chosen: OutputFormat { format ?? (json ? .json : .table) }

    public var printer: Printer { Printer(chosen) }

    /// What is a document of its own kind, or is told in words, has one form.
    ///
    /// - Parameter why: what is printed instead.
    public func demandTable(_ why: String) throws {
        guard chosen == .table else { throw ValidationError("-o \(chosen.rawValue) makes no sense here: \(why)") }
    }
}
