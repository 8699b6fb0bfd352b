public import ArgumentParser
public import SagaValues

/// How to reach the server, and how to print: the same for every command that shows what the server knows.
public struct ClientOptions: ParsableArguments {
    @OptionGroup(title: "Server") var connection: ConnectionOptions
    @OptionGroup(title: "Output") public var output: OutputOptions
    @OptionGroup(title: "Output") var times: TimeOptions

    public init() {}

    /// The server that the options, the environment or the development platform name.
    public func makeClient() throws -> Client { try client() }

    func client() throws -> Client { try connection.client() }

    public var printer: Printer { Printer(format: output.chosen, times: times.style) }
}

/// Reads a saga's id from the command line.
public enum SagaID {
    @Sendable
    public static func read(_ text: String) throws -> SagaValues.UUID {
        guard let id = SagaValues.UUID(text) else {
            throw ValidationError("it is no saga's id; \"saga list\" prints ids")
        }
        return id
    }
}
