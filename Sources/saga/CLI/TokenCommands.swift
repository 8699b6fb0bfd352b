public import ArgumentParser
internal import SagaAPI
internal import SagaValues

/// Tokens of a server's API.
public struct TokenCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke tokens for the server's API.",
        subcommands: [Create.self, List.self, Revoke.self])

    public init() {}

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token, and print it: this once, it cannot be shown again.")

        @Option(help: "Who will show it, as histories name them.")
        var subject: String
        @Option(help: "viewer, operator, admin or service.")
        var role: String
        @Option(help: "The only tenant it is for; your own or, if you are bound to none, all if not given.")
        var tenant: String?
        @Option(name: .customLong("group"), help: "A group whose consent it may give; may stand several times.")
        var groups: [String] = []
        @Option(help: "How long it is good, 365d at most.")
        var expires = "90d"
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await Exit.run {
                let client = try options.client()
                let body = TokenBody(
                    subject: subject, role: role, tenant: client.tenant(tenant), groups: groups.isEmpty ? nil : groups,
                    expires: expires)
                let view: TokenView = try await client.send(
                    .post, "/v1/tokens", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(body).bytes)
                let printer = options.printer
                try printer.show(view) { Terminal.print(view.token ?? "") }
                // On standard error, so that the token alone can be read by a script.
                printer.inStyle {
                    Terminal.error(
                        "token \(view.id) is good until \(Format.moment(view.expiresAt)); it is shown this once, keep it safe"
                    )
                }
                return 0
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, newest first, without their secrets.")

        @Flag(help: "Those too that have expired or were revoked.")
        var all = false
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await Exit.run {
                let list: TokenList = try await options.client().send(
                    .get, "/v1/tokens", query: [("all", all ? "true" : nil)])
                try options.printer.list(list, \.tokens) { list.print() }
                return 0
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token for good; within seconds no node takes it any more.")

        @Argument(help: "The token's id, as \"saga token list\" prints it.")
        var id: String
        @OptionGroup var options: ChangeOptions

        func validate() throws {
            // Whoever pastes the whole token would send its secret in a path, where it is logged on the way.
            guard id.utf8.count <= 40, id.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "z") ~= $0 }),
                !id.hasPrefix("saga_")
            else { throw ValidationError("give the token's id; \"saga token list\" prints ids") }
        }

        func run() async throws {
            try await Exit.run {
                let view: TokenView = try await options.client().send(.post, "/v1/tokens/\(id)/revoke")
                try options.printer.show(view) {
                    Terminal.print(
                        "token \(view.id) of \(Terminal.clean(view.subject)) is revoked since \(Format.moment(view.revokedAt))"
                    )
                }
                return 0
            }
        }
    }
}

extension TokenList {
    fileprivate func print() {
        guard !tokens.isEmpty else { return Terminal.print("no tokens") }
        var table = Table("TOKEN", "SUBJECT", "ROLE", "TENANT", "GROUPS", "EXPIRES", "LAST USED", "REVOKED")
        for token in tokens {
            table.add(
                .init(token.id), .init(token.subject), .init(token.role), .init(token.tenant ?? "all"),
                .init(token.groups.joined(separator: ",")), .init(Format.date(token.expiresAt)),
                .init(Format.date(token.lastUsedAt)),
                .init(token.revokedAt.map { "\(Format.date($0)) by \(token.revokedBy ?? "")" } ?? "-"))
        }
        table.print()
    }
}

public struct WhoAmICommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Print who the server takes you for, and what you may do.")

    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let view: IdentityView = try await options.client().send(.get, "/v1/whoami")
            try options.printer.show(view) { view.print() }
            return 0
        }
    }
}

extension IdentityView {
    fileprivate func print() {
        Terminal.print("subject     \(Terminal.clean(subject))")
        Terminal.print("credential  \(Terminal.clean(credential))")
        Terminal.print("role        \(role)")
        Terminal.print("tenant      \(Terminal.clean(tenant ?? "all"))")
        Terminal.print("groups      \(groups.isEmpty ? "-" : Terminal.clean(groups.joined(separator: ", ")))")
        Terminal.print("may         \(permissions.joined(separator: ", "))")
    }
}
