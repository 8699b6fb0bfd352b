public import ArgumentParser
internal import Foundation
internal import SagaValues

/// Servers by names of one's own.
public struct ProfileCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Give names to servers: list, show, choose, set or remove them.",
        discussion: """
            They stand in $XDG_CONFIG_HOME/saga/profiles.yaml, or in ~/.config. The file has where tokens are rather than \
            the tokens.
            """,
        subcommands: [List.self, Show.self, Use.self, Set.self, Remove.self], defaultSubcommand: List.self)

    public init() {}

    /// For completion.
    static var names: [String] { ((try? file())?.profiles ?? []).map(\.name) }

    private static func file() throws(ProfileError) -> ProfileFile {
        try ProfileFile.current(ProcessInfo.processInfo.environment)
    }

    struct Name: ParsableArguments {
        @Argument(help: "The profile's name.", completion: .custom { _, _, _ in ProfileCommand.names })
        var name: String
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the profiles.")

        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Exit.run {
                let file = try ProfileCommand.file()
                let list = ProfileList(profiles: file.profiles.map { ProfileView($0, in: file) })
                try output.printer.list(list, \.profiles) { list.print() }
                return 0
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a profile, and where its token comes from; the token is never shown.")

        @Argument(
            help: "The profile's name; the one that counts now if not given.",
            completion: .custom { _, _, _ in ProfileCommand.names })
        var name: String?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Exit.run {
                let file = try ProfileCommand.file()
                let variable = ProcessInfo.processInfo.environment["SAGA_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
                guard let name = name ?? variable ?? file.initial else {
                    throw ValidationError("no profile is the default: name one, \"saga profile list\" lists them")
                }
                let view = ProfileView(try file.find(name), in: file)
                try output.printer.show(view) { view.print() }
                return 0
            }
        }
    }

    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a profile the default, which counts if no other server is named.")

        @OptionGroup var name: Name

        func run() async throws {
            try await Exit.run {
                var file = try ProfileCommand.file()
                let profile = try file.find(name.name)
                file.initial = profile.name
                try file.write()
                Terminal.print("the default is \(profile.name), \(Terminal.clean(profile.url))")
                return 0
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a profile, or change what is given of one; an empty text takes something out.")

        @OptionGroup var name: Name
        @Option(help: "The server's address.")
        var url: String?
        @Option(help: "A file with the token that nobody else can read.", completion: .file())
        var tokenFile: String?
        @Option(help: "A line of shell that prints the token, such as \"pass show saga\".")
        var tokenCommand: String?
        @Option(help: "The tenant of commands that take one and are given none.")
        var tenant: String?
        @Flag(inversion: .prefixedNo, help: "Ask for the profile's name before anything is changed there.")
        var protected: Bool?

        func validate() throws {
            guard Profile.isName(name.name) else {
                throw ValidationError("a profile's name has letters, digits, '.', '_' and '-', 64 at most")
            }
            guard tokenFile == nil || tokenCommand == nil else {
                throw ValidationError("--token-file and --token-command exclude each other")
            }
            for text in [url, tokenFile, tokenCommand, tenant].compactMap(\.self) {
                guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
                    throw ValidationError("a text has a line break or another control character")
                }
            }
        }

        func run() async throws {
            try await Exit.run {
                var file = try ProfileCommand.file()
                let index = file.profiles.firstIndex { $0.name == name.name }
                var profile = index.map { file.profiles[$0] } ?? Profile(name: name.name, url: "")
                try change(&profile)
                if let index { file.profiles[index] = profile } else { file.profiles.append(profile) }
                try file.write()
                Terminal.print("\(profile.name) is \(Terminal.clean(profile.url))")
                if file.initial == nil { Terminal.print("saga profile use \(profile.name) makes it the default") }
                return 0
            }
        }

        private func change(_ profile: inout Profile) throws {
            if let url { profile.url = url }
            guard !profile.url.isEmpty else { throw ValidationError("a new profile needs --url") }
            _ = try Client(url: profile.url, token: Secret("")).request(.get, "", query: [], patience: 1)
            if let tokenFile {
                profile.token = tokenFile.isEmpty ? nil : .file(URL(fileURLWithPath: tokenFile).path)
                // One that others can read is not taken; one that is not there may come.
                if FileManager.default.fileExists(atPath: tokenFile) {
                    _ = try TokenSource.read(tokenFile, for: profile.name)
                }
            }
            if let tokenCommand { profile.token = tokenCommand.isEmpty ? nil : .command(tokenCommand) }
            if let tenant { profile.tenant = tenant.isEmpty ? nil : tenant }
            if let protected { profile.isProtected = protected }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a profile; a file with its token stays where it is.")

        @OptionGroup var name: Name

        func run() async throws {
            try await Exit.run {
                var file = try ProfileCommand.file()
                let profile = try file.find(name.name)
                file.profiles.removeAll { $0.name == profile.name }
                if file.initial == profile.name { file.initial = nil }
                try file.write()
                Terminal.print("\(profile.name) is removed")
                return 0
            }
        }
    }
}

/// A profile as it is shown: all but its token.
private struct ProfileView: Encodable {
    let name: String
    let url: String
    let tenant: String?
    /// `file`, `command` or `text`.
    let tokenKind: String?
    let tokenSource: String?
    let isProtected: Bool
    let isDefault: Bool

    init(_ profile: Profile, in file: ProfileFile) {
        (name, url, tenant) = (profile.name, profile.url, profile.tenant)
        (tokenKind, tokenSource) = (profile.token?.kind, profile.token?.sentence)
        (isProtected, isDefault) = (profile.isProtected, profile.name == file.initial)
    }

    func print() {
        for (title, text) in [
            ("profile", name + (isDefault ? " (the default)" : "")), ("url", url), ("tenant", tenant ?? "-"),
            ("token", tokenSource ?? "none"), ("protected", isProtected ? "yes" : "no"),
        ] {
            Terminal.print(title + String(repeating: " ", count: 11 - title.count) + Terminal.clean(text))
        }
    }
}

private struct ProfileList: Encodable {
    let profiles: [ProfileView]

    func print() {
        guard !profiles.isEmpty else {
            return Terminal.print("no profiles; saga profile set NAME --url URL makes one")
        }
        var table = Table("PROFILE", "URL", "TENANT", "TOKEN", "PROTECTED", "DEFAULT")
        for profile in profiles {
            table.add(
                .init(profile.name), .init(profile.url), .init(profile.tenant ?? "-"),
                .init(profile.tokenKind ?? "none"),
                .init(profile.isProtected ? "yes" : "no", style: { $0 == "yes" ? Terminal.styled($0, .yellow) : $0 }),
                .init(profile.isDefault ? "*" : ""))
        }
        table.print()
    }
}
