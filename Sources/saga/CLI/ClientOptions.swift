public import ArgumentParser
internal import Foundation
public import SagaValues

/// How to reach the server, and how to print: the same for every command that shows what the server knows.
public struct ClientOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup public var output: OutputOptions

    @Option(
        name: .customLong("time"),
        help: ArgumentHelp("How times are written for people.", valueName: "style"))
    var times = TimeStyle.utc

    public init() {}

    /// The server that the options, the environment or the development platform name.
    public func makeClient() throws -> Client { try client() }

    func client() throws -> Client { try connection.client() }

    public var printer: Printer { Printer(format: output.chosen, times: times) }
}

/// How to reach the server.
public struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server's address.", discussion: "Or SAGA_URL.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The bearer token.", discussion: "Better in SAGA_TOKEN: arguments are seen by others.", valueName: "token"))
    var token: String?

    static let defaultURL = "http://127.0.0.1:7070"
    /// Where `saga dev` keeps its token, so that the CLI works beside it without any set-up.
    static let developmentToken = ".saga/dev/token"

    public init() {}

    public func makeClient() throws -> Client { try client() }

    func client() throws -> Client {
        let environment = ProcessInfo.processInfo.environment
        let address = url ?? environment["SAGA_URL"] ?? ConnectionOptions.defaultURL
        let development = try? String(contentsOfFile: ConnectionOptions.developmentToken, encoding: .utf8)
        let given = (token ?? environment["SAGA_TOKEN"] ?? development)?.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let secret = given, !secret.isEmpty else { throw ClientError.noToken }
        // It would end the header that it goes into.
        guard !secret.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw ValidationError("the token has a line break or another control character")
        }
        return Client(url: address.hasSuffix("/") ? String(address.dropLast()) : address, token: Secret(secret))
    }
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
