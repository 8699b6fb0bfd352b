public import ArgumentParser
internal import Foundation
internal import SagaValues

/// How to reach the server.
public struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The server's address.", discussion: "Or SAGA_URL.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The bearer token.", discussion: "Better in SAGA_TOKEN: arguments are seen by others.", valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "The server of this name; \"saga profile list\" lists them.", discussion: "Or SAGA_PROFILE.",
            valueName: "name"),
        completion: .custom { _, _, _ in ProfileCommand.names })
    var profile: String?

    static let defaultURL = "http://127.0.0.1:7070"
    /// Where `saga dev` keeps its token, so that the CLI works beside it without any set-up.
    static let developmentToken = ".saga/dev/token"

    public init() {}

    public func makeClient() throws -> Client { try client() }

    /// - Parameter isConfirmed: whether whoever asks has said that they mean it.
    func client(isConfirmed: Bool = false) throws -> Client {
        let environment = ProcessInfo.processInfo.environment
        let file = try profiles(environment)
        let chosen = try file.flatMap { file in try name(file, environment).map { try file.find($0) } }
        let address = try address(chosen, environment)
        let secret = try secret(for: address, chosen, file, environment)
        return Client(
            url: address, token: secret, tenant: chosen?.tenant,
            protection: chosen.flatMap { $0.isProtected && !isConfirmed ? Protection($0, address) : nil })
    }

    /// The file is looked at only if it can matter: one that is broken does not hold up who names a server.
    private func profiles(_ environment: [String: String]) throws -> ProfileFile? {
        guard named(environment) != nil || url == nil && environment["SAGA_URL"] == nil else { return nil }
        return try ProfileFile.current(environment)
    }

    private func named(_ environment: [String: String]) -> String? {
        profile ?? environment["SAGA_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A server that is named otherwise is not that of the default profile.
    private func name(_ file: ProfileFile, _ environment: [String: String]) -> String? {
        named(environment) ?? file.initial
    }

    private func address(_ chosen: Profile?, _ environment: [String: String]) throws -> String {
        let own = chosen.map { Self.plain($0.url) }
        if let url { return Self.plain(url) }
        if let variable = environment["SAGA_URL"].map(Self.plain) {
            // Both were meant, and nobody knows which more.
            if let profile, let own, variable != own {
                throw ValidationError(
                    "--profile \(profile) is \(own), and SAGA_URL is \(variable): unset SAGA_URL, or leave --profile out"
                )
            }
            return variable
        }
        return own ?? ConnectionOptions.defaultURL
    }

    private static func plain(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    private func secret(
        for address: String, _ chosen: Profile?, _ file: ProfileFile?, _ environment: [String: String]
    ) throws -> Secret {
        let given: String?
        if let text = token ?? environment["SAGA_TOKEN"] {
            given = text
        } else if let chosen, let file {
            given = try own(chosen, for: address, file, environment)
        } else {
            given = try? String(contentsOfFile: ConnectionOptions.developmentToken, encoding: .utf8)
        }
        guard let secret = given?.trimmingCharacters(in: .whitespacesAndNewlines), !secret.isEmpty else {
            throw ClientError.noToken
        }
        // It would end the header that it goes into.
        guard !secret.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw ValidationError("the token has a line break or another control character")
        }
        return Secret(secret)
    }

    /// A profile's token is for its own server alone.
    private func own(
        _ profile: Profile, for address: String, _ file: ProfileFile, _ environment: [String: String]
    ) throws(ProfileError) -> String {
        guard address == Self.plain(profile.url) else {
            throw ProfileError(
                .noToken,
                "the token of profile \(profile.name) is for \(profile.url), not for \(Terminal.clean(address)): "
                    + "set SAGA_TOKEN to one for there")
        }
        guard let source = profile.token else {
            throw ProfileError(
                .noToken,
                "profile \(profile.name) has no token: saga profile set \(profile.name) --token-file FILE, or set SAGA_TOKEN"
            )
        }
        return try source.read(for: profile.name, in: file, environment)
    }
}
