import Foundation
import Postgres
import SagaValues
import Testing

@testable import CloudPhone
@testable import ParticipantKit

@Suite("What the shipped workflows ask for")
struct WorkflowActionsTests {
    /// An action that a workflow names, and in which direction.
    private struct Mention: Hashable {
        let action: String
        let direction: Direction
    }

    private static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "workflows")
    }

    private static func sources() throws -> [String: String] {
        var sources: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path())
        where name.hasSuffix(".yaml") && !name.hasSuffix(".test.yaml") {
            sources[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        return sources
    }

    private static func mentions(in source: String) -> Set<Mention> {
        var found: Set<Mention> = []
        for line in source.split(separator: "\n") {
            for match in line.matches(of: /\b(do|undo): ([a-z-]+\.[a-z-]+)/) {
                found.insert(Mention(action: String(match.2), direction: match.1 == "do" ? .do : .undo))
            }
        }
        return found
    }

    private func served() -> Set<Mention> {
        let nowhere = PostgresPool(
            PostgresConfiguration(host: "127.0.0.1", port: 1, user: "nobody", database: "none"), size: 1)
        let outside = Outside(pool: nowhere, faults: nil, delay: .zero)
        return Set(
            CloudPhoneService.allCases.flatMap { service in
                CloudPhone.actions(of: service, outside).map {
                    Mention(action: "\(service.rawValue).\($0.name)", direction: $0.direction)
                }
            })
    }

    @Test("Every action of the eleven workflows is served, and no service has one that nobody asks for")
    func all() throws {
        let sources = try Self.sources()
        #expect(sources.count == 11)
        let asked = sources.values.reduce(into: Set<Mention>()) { $0.formUnion(Self.mentions(in: $1)) }
        let served = served()
        #expect(asked.subtracting(served) == [])
        #expect(served.filter { $0.direction != .probe }.subtracting(asked) == [])
    }

    @Test("Any of them can be made to fail for one business key, whether for good or for now, and for nobody else")
    func faults() async throws {
        let platform = try await Platform(faults: true)
        let key = UUID.v7()
        for service in CloudPhoneService.allCases {
            for (kind, answer) in [("reject", "rejected"), ("fail", "retry")] {
                try await platform.run(
                    service == .billing ? platform.billing : platform.core,
                    """
                    INSERT INTO fault_switches (service, action, kind, remaining, code, only_for)
                    VALUES ('\(service.rawValue)', '*', '\(kind)', NULL, 'on-purpose', '\(key)')
                    """)
                for mention in served().sorted(by: { $0.action < $1.action })
                where mention.direction == .do && mention.action.hasPrefix("\(service.rawValue).") {
                    let meant: JSON = ["somewhere": [["deep": "\(key)"]]]
                    #expect(
                        try await Step(platform, mention.action, meant).do().line == "\(answer) on-purpose",
                        "\(mention.action)")
                    let other = try await Step(platform, mention.action, ["somewhere": "\(UUID.v7())"]).do().line
                    #expect(other == "rejected invalid-input", "\(mention.action)")
                }
                try await platform.run(
                    service == .billing ? platform.billing : platform.core, "DELETE FROM fault_switches")
            }
        }
    }

    @Test("Where an answer can be lost at a provider, the step asks for a probe or is undone by who looks there")
    func probes() throws {
        let nowhere = PostgresPool(
            PostgresConfiguration(host: "127.0.0.1", port: 1, user: "nobody", database: "none"), size: 1)
        let lookers = CloudPhone.actions(of: .device, Outside(pool: nowhere, faults: nil, delay: .zero))
            .filter(\.looksOutside).map(\.name)
        #expect(lookers.sorted() == ["bring-back", "delete-at-provider", "delete-snapshot"])
        for (name, source) in try Self.sources() {
            for step in source.components(separatedBy: " do: ").dropFirst()
            where ["create-at-provider", "delete-at-provider", "create-snapshot", "restore-snapshot"]
                .contains(where: { step.hasPrefix("device.\($0)\n") })
            {
                // Up to the next step.
                let own = step.components(separatedBy: "\n  - ")[0]
                let isUndone =
                    own.contains("onUnknown: undo") && lookers.contains { own.contains("undo: device.\($0)\n") }
                #expect(own.contains("onUnknown: probe") || isUndone, "\(name): \(own)")
            }
        }
    }

    @Test("Every template that a workflow sends exists")
    func templates() throws {
        let known = Set(Notification.Template.allCases.map(\.rawValue))
        for (name, source) in try Self.sources() {
            for match in source.matches(of: /template: ([a-z-]+)/) {
                #expect(known.contains(String(match.1)), "\(name)")
            }
        }
    }
}
