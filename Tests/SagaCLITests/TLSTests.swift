import APIServer
import Foundation
import TestAPI
import Testing

@Suite struct TLSTests {
    @Test("with a certificate the server speaks TLS, and the client only to whom it can verify")
    func encrypted() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("saga-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/bin/sh")
        make.arguments = [
            "-c",
            """
            for name in server other; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
            -addext subjectAltName=IP:127.0.0.1 -keyout $name.key -out $name.crt || exit 1; done
            """,
        ]
        make.currentDirectoryURL = folder
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        try #require(make.terminationStatus == 0)
        @Sendable func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

        #expect(throws: TLSIdentity.Unusable.self) {
            try TLSIdentity(certificate: file("server.crt"), key: file("other.key"))
        }
        #expect(throws: TLSIdentity.Unusable.self) {
            try TLSIdentity(certificate: file("nothing"), key: file("server.key"))
        }
        let identity = try TLSIdentity(certificate: file("server.crt"), key: file("server.key"))
        try await TestAPI.run(tls: identity) { api in
            // The status is that of openssl, which verifies whom it talks to.
            func ask(trusting name: String, _ options: String = "") async throws -> String {
                let request = #"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"#
                let verifying = "-CAfile \(file(name)) -verify_return_error \(options)"
                return try await shell(
                    "printf '\(request)' | openssl s_client -connect 127.0.0.1:\(api.port) \(verifying) -quiet 2>&1")
            }
            #expect(try await ask(trusting: "server.crt").contains("HTTP/1.1 200 OK"))
            #expect(try await !ask(trusting: "other.crt").contains("HTTP/1.1"))
            // As clients speak it that still take what is broken: else they would refuse it, and not the server.
            let lax = "-cipher DEFAULT@SECLEVEL=0"
            for old in ["-tls1", "-tls1_1"] {
                #expect(try await !ask(trusting: "server.crt", "\(old) \(lax)").contains("HTTP/1.1"))
            }
            for new in ["-tls1_2", "-tls1_3"] {
                #expect(try await ask(trusting: "server.crt", "\(new) \(lax)").contains("HTTP/1.1 200 OK"))
            }
            for scheme in ["https", "http"] {
                let run = try await saga(
                    "whoami",
                    environment: ["SAGA_URL": "\(scheme)://127.0.0.1:\(api.port)", "SAGA_TOKEN": TestAPI.token])
                #expect(run.status == 2, "nobody vouches for this certificate, and in plain text nobody answers")
            }
        }
    }

    /// What a command prints.
    private func shell(_ command: String) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("saga-tls-\(UUID().uuidString).out")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "(\(command)) > \(file.path)"]
        process.standardInput = FileHandle.nullDevice
        try await process.runToEnd()
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
