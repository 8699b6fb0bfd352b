import Foundation
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

/// A home with a file of profiles in it.
struct Home {
    let folder: URL

    static func with(_ body: (Home) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saga-home-\(Foundation.UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("saga"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(Home(folder: folder))
    }

    /// With which a program finds it.
    var variables: [String: String] { ["XDG_CONFIG_HOME": folder.path] }

    func path(_ name: String) -> String { folder.appendingPathComponent("saga/" + name).path }

    func write(_ text: String, to name: String = "profiles.yaml", mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: path(name))
        #expect(
            FileManager.default.createFile(
                atPath: path(name), contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
    }

    func read() throws -> String { try String(contentsOfFile: path("profiles.yaml"), encoding: .utf8) }

    func saga(_ arguments: String..., environment: [String: String] = [:]) async throws -> Run {
        try await SagaCLITests.saga(
            arguments, environment: environment.merging(variables) { own, _ in own })
    }
}

@Suite("Profiles name servers") struct ProfileTests {
    @Test("set, shown, listed, chosen and removed, without the token ever being shown")
    func life() async throws {
        try await TestAPI.run { api in
            try await Home.with { home in
                try home.write(TestAPI.token + "\n", to: "token")
                #expect(try await home.saga("profile").output.hasPrefix("no profiles"))
                let set = try await home.saga(
                    "profile", "set", "one", "--url", api.url, "--token-file", home.path("token"))
                #expect(set.status == 0 && set.output.contains("saga profile use one"), "\(set.errors)")
                #expect(try await home.saga("whoami").errors.contains("[SAGA-0223]"), "it is not the default yet")
                let who = try await home.saga("whoami", "--profile", "one")
                #expect(who.status == 0 && who.output.contains("admin"), "\(who.errors)")
                #expect(try await home.saga("whoami", environment: ["SAGA_PROFILE": "one"]).status == 0)
                #expect(try await home.saga("profile", "use", "one").status == 0)
                #expect(try await home.saga("whoami").status == 0)
                let shown = try await home.saga("profile", "show")
                #expect(shown.output.contains("one (the default)") && shown.output.contains(home.path("token")))
                let more = try await home.saga("profile", "set", "one", "--protected", "--tenant", "acme")
                #expect(more.status == 0)
                let json = try await home.saga("profile", "list", "--json")
                let profile = try #require(try JSON(parsing: json.output)["profiles"]?[0])
                #expect(profile["url"] == .string(api.url) && profile["isProtected"] == true)
                #expect(profile["tenant"] == "acme" && profile["isDefault"] == true && profile["tokenKind"] == "file")
                let less = try await home.saga("profile", "set", "one", "--no-protected", "--tenant", "")
                let text = try home.read()
                #expect(less.status == 0 && !text.contains("tenant"))
                let mode = try FileManager.default.attributesOfItem(atPath: home.path("profiles.yaml"))[
                    .posixPermissions]
                #expect(mode as? Int == 0o600)
                #expect(try await home.saga("profile", "remove", "one").status == 0)
                #expect(try await home.saga("profile").output.hasPrefix("no profiles"))
                #expect(FileManager.default.fileExists(atPath: home.path("token")))
            }
        }
    }

    @Test("a token comes from a file beside the profiles, a command, or the file itself")
    func tokens() async throws {
        try await TestAPI.run { api in
            try await Home.with { home in
                try home.write(TestAPI.token, to: "token")
                for source in [
                    "token-file: token", "token-command: cat '\(home.path("token"))'", "token: \(TestAPI.token)",
                ] {
                    try home.write("default: a\nprofiles:\n  a:\n    url: \(api.url)/\n    \(source)\n")
                    let run = try await home.saga("whoami")
                    #expect(run.status == 0, "\(source): \(run.errors)")
                    #expect(try await home.saga("profile", "show").status == 0)
                    #expect(try await home.saga("profile", "list", "-o", "yaml").status == 0)
                }
            }
        }
    }

    /// Which server is asked, and with which token: seen by servers that answer nothing of use.
    @Test("what is typed wins over variables, these over the default profile, and a token goes to its own server only")
    func order() async throws {
        let answer = "200 OK\r\nContent-Length: 2\r\n\r\n{}"
        let (own, other) = (try StubServer(answer), try StubServer(answer))
        defer {
            own.stop()
            other.stop()
        }
        try await Home.with { home in
            try home.write("default: a\nprofiles:\n  a: { url: '\(own.url)', token: own-token }\n")
            func ask(_ arguments: String..., environment: [String: String] = [:]) async throws -> Run {
                try await SagaCLITests.saga(
                    ["whoami"] + arguments,
                    environment: environment.merging(home.variables) { own, _ in own })
            }
            func token(_ server: StubServer) -> String? {
                server.requests.last?.split(separator: "\r\n").first { $0.lowercased().hasPrefix("authorization: ") }?
                    .split(separator: " ").last.map(String.init)
            }
            _ = try await ask()
            #expect(own.requests.count == 1 && token(own) == "own-token")
            _ = try await ask(environment: ["SAGA_TOKEN": "variable"])
            #expect(own.requests.count == 2 && token(own) == "variable")
            _ = try await ask("--token", "typed", environment: ["SAGA_TOKEN": "variable"])
            #expect(own.requests.count == 3 && token(own) == "typed")
            // Another server is not that of the default profile: nothing of it counts.
            _ = try await ask(environment: ["SAGA_URL": other.url, "SAGA_TOKEN": "variable"])
            #expect(other.requests.count == 1 && token(other) == "variable")
            for environment in [["SAGA_URL": other.url], [:]] {
                let arguments = environment.isEmpty ? ["--url", other.url] : []
                let run = try await SagaCLITests.saga(
                    ["whoami"] + arguments,
                    environment: environment.merging(home.variables) { own, _ in own })
                #expect(run.status == 2 && run.errors.contains("[SAGA-0223]"), "\(run.errors)")
            }
            // Nor does its token go there if it is named.
            let elsewhere = try await ask("--profile", "a", "--url", other.url)
            #expect(elsewhere.status == 2 && elsewhere.errors.contains("[SAGA-0227]"), "\(elsewhere.errors)")
            #expect(!elsewhere.errors.contains("own-token"))
            let both = try await ask("--profile", "a", environment: ["SAGA_URL": other.url, "SAGA_TOKEN": "variable"])
            #expect(both.status == 64 && both.errors.contains("unset SAGA_URL"), "\(both.errors)")
            #expect(own.requests.count == 3 && other.requests.count == 1)
            _ = try await ask("--profile", "a", "--url", other.url, "--token", "typed")
            #expect(other.requests.count == 2 && token(other) == "typed")
        }
    }

    @Test("its tenant counts where none is named, and '*' are all")
    func tenant() async throws {
        let stub = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { stub.stop() }
        try await Home.with { home in
            try home.write("default: a\nprofiles:\n  a: { url: '\(stub.url)', token: t, tenant: acme }\n")
            for (arguments, expected) in [
                (["list"], "tenant=acme"), (["list", "--tenant", "beta"], "tenant=beta"),
                (["list", "--tenant", "*"], nil),
                (["incidents"], "/v1/incident-groups?"), (["incidents"], "tenant=acme"), (["jobs"], "tenant=acme"),
                (["top", "--once"], "tenant=acme"),
            ] {
                _ = try await saga(arguments, environment: home.variables)
                let request = try #require(stub.requests.last)
                if let expected {
                    #expect(request.contains(expected), "\(arguments): \(request)")
                } else {
                    #expect(!request.contains("tenant"), "\(request)")
                }
            }
        }
    }

    @Test("its tenant bounds what is done to many, and whom a token is for")
    func tenantOfChanges() async throws {
        let bus = ScriptedBus { _ in .silence }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "k")
            try await Home.with { home in
                try home.write(
                    "default: a\nprofiles:\n  a: { url: '\(api.url)', token: \(TestAPI.token), tenant: acme }\n")
                let many = ["pause", "--workflow", "delivery", "--reason", "r", "--dry-run"]
                let none = try await saga(many, environment: home.variables)
                #expect(none.status == 0 && none.output.hasPrefix("no saga fits"), "\(none.output)\(none.errors)")
                for words in [many + ["--tenant", "*"], many + ["--tenant", "default"]] {
                    let run = try await saga(words, environment: home.variables)
                    #expect(run.output.hasPrefix("pause is for 1 saga"), "\(run.output)\(run.errors)")
                }
                // Whoever names a saga means it.
                #expect(try await home.saga("pause", "\(id)", "--reason", "r", "--dry-run").status == 0)
                let token = try await home.saga(
                    "token", "create", "--subject", "s", "--role", "viewer", "--json")
                #expect(try JSON(parsing: token.output)["tenant"] == "acme", "\(token.errors)")
            }
        }
    }

    @Test("an unknown name is told with those that there are")
    func unknown() async throws {
        try await Home.with { home in
            try home.write("profiles:\n  alpha: { url: 'http://a' }\n  beta: { url: 'http://b' }\n")
            for arguments in [
                ["whoami", "--profile", "gamma"], ["profile", "show", "gamma"], ["profile", "use", "gamma"],
            ] {
                let run = try await saga(arguments, environment: home.variables)
                #expect(run.status == 2 && run.output.isEmpty)
                for word in ["\"gamma\"", "alpha, beta", "saga profile list", "[SAGA-0224]"] {
                    #expect(run.errors.contains(word), "\(run.errors)")
                }
            }
            let variable = try await home.saga("whoami", environment: ["SAGA_PROFILE": "gamma"])
            #expect(variable.status == 2 && variable.errors.contains("[SAGA-0224]"))
        }
    }

    @Test(
        "what others could read or change is refused, with the way out",
        arguments: [
            ("profiles:\n  a: { url: 'http://a', token: x-secret }\n", 0o640, "chmod 600"),
            ("profiles:\n  a: { url: 'http://a' }\n  b: { url: 'http://a', token: x-secret }\n", 0o604, "chmod 600"),
            ("profiles:\n  a: { url: 'http://a', token-file: token }\n", 0o620, "others can write"),
            ("profiles:\n  a: { url: 'http://a', token-file: open }\n", 0o644, "others can read the token in"),
        ])
    func exposed(_ text: String, _ mode: Int, _ words: String) async throws {
        try await Home.with { home in
            try home.write(text, mode: mode)
            try home.write("x-secret", to: "token")
            try home.write("x-secret", to: "open", mode: 0o644)
            let run = try await home.saga("whoami", "--profile", "a")
            #expect(
                run.status == 2 && run.errors.contains(words) && run.errors.contains("[SAGA-0226]"), "\(run.errors)")
            #expect(!run.errors.contains("x-secret"))
            if text.contains("open") {
                let set = try await home.saga(
                    "profile", "set", "c", "--url", "http://c", "--token-file", home.path("open"))
                #expect(set.status == 2 && set.errors.contains("[SAGA-0226]"), "\(set.errors)")
                try home.write("x-secret", to: "open", mode: 0o600)
            } else {
                try home.write(text)
            }
            let mended = try await home.saga("whoami", "--profile", "a")
            #expect(!mended.errors.contains("[SAGA-0226]"), "\(mended.errors)")
        }
    }

    @Test(
        "a file that is not understood is told with its line, and never what stands there",
        arguments: [
            ("profiles: [x-secret]", "line 1: profiles must be a map"),
            ("profiles:\n  a: { url: 'http://a', tokn: x-secret }", "line 2: \"tokn\" is none of url, token-file"),
            ("profiles:\n  a: { url: 'http://a', protected: x-secret }", "line 2: protected of a is true or false"),
            ("profiles:\n  a:\n    token: x-secret", "line 2: a has no url"),
            ("profiles:\n  a: { url: 'http://a', token: x-secret, token-file: b }", "line 2: a has two tokens"),
            ("profiles:\n  a: { url: 'http://a', token: [x-secret] }", "line 2: token of a must be text"),
            ("profiles:\n  'a b': { url: 'http://a' }", "line 2: a profile's name has letters"),
            ("default: b\nprofiles:\n  a: { url: 'http://a' }", "default: names no profile"),
            ("profils: {}", "line 1: \"profils\" is none of default, profiles"),
            ("profiles: {a: {url: 'http://a'}, a: {url: x-secret}}", "no YAML, or a key stands in it twice"),
            ("{", "no YAML"),
        ])
    func flaws(_ text: String, _ words: String) async throws {
        try await Home.with { home in
            try home.write(text)
            let run = try await home.saga("whoami", environment: ["SAGA_TOKEN": TestAPI.token])
            #expect(run.status == 2 && run.errors.contains(words), "\(run.errors)")
            #expect(run.errors.hasSuffix("[SAGA-0225]\n") && !run.errors.contains("x-secret"))
            // Who names a server needs no file.
            let other = try await home.saga(
                "whoami", environment: ["SAGA_URL": "http://127.0.0.1:1", "SAGA_TOKEN": TestAPI.token])
            #expect(other.errors.contains("[SAGA-0220]"), "\(other.errors)")
        }
    }

    @Test("a token that cannot be had is told with where it was looked for")
    func noToken() async throws {
        try await Home.with { home in
            for (source, words) in [
                ("token-file: nothing", home.path("nothing")), ("token-command: echo x-secret; exit 3", "ended with 3"),
                ("token-command: yes x-secret", "prints more than a token"),
                ("tenant: t", "saga profile set a --token-file"),
            ] {
                try home.write("default: a\nprofiles:\n  a:\n    url: http://127.0.0.1:1\n    \(source)\n")
                let run = try await home.saga("whoami")
                #expect(run.status == 2 && run.errors.contains(words), "\(source): \(run.errors)")
                #expect(run.errors.contains("[SAGA-0227]\n") && !run.errors.contains("x-secret"), "\(run.errors)")
            }
        }
    }

    @Test("what would be no profile is not set")
    func unset() async throws {
        try await Home.with { home in
            for (arguments, status) in [
                (["set", "a"], 64), (["set", "a b", "--url", "http://a"], 64), (["set", "a", "--url", "nowhere"], 2),
                (["set", "a", "--url", "http://a", "--token-file", "x", "--token-command", "y"], 64),
                (["set", "a", "--url", "http://a", "--tenant", "a\nb"], 64), (["remove", "a"], 2), (["show"], 64),
            ] {
                let run = try await saga(
                    ["profile"] + arguments, environment: home.variables)
                #expect(Int(run.status) == status, "\(arguments): \(run.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: home.path("profiles.yaml")))
        }
    }

    @Test("a link to a file of profiles stays one, and a home is enough")
    func link() async throws {
        try await Home.with { home in
            try home.write("profiles: {}\n", to: "kept.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: home.path("profiles.yaml"), withDestinationPath: home.path("kept.yaml"))
            #expect(try await home.saga("profile", "set", "a", "--url", "http://a").status == 0)
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: home.path("profiles.yaml"))
                    == home.path("kept.yaml"))
            #expect(try String(contentsOfFile: home.path("kept.yaml"), encoding: .utf8).contains("http://a"))
            let run = try await saga(
                "profile", "set", "b", "--url", "http://b", environment: ["HOME": home.folder.path])
            #expect(run.status == 0, "\(run.errors)")
            #expect(FileManager.default.fileExists(atPath: home.folder.path + "/.config/saga/profiles.yaml"))
        }
    }
}
