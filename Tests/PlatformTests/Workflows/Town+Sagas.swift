import Foundation
import LocalPlatform
import LocalServers
import SagaAPI
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

@testable import SagaCLI

/// What happens in the town: sagas are started, watched to their ends, and told of.
extension Town {
    struct Start: Sendable {
        let workflow: String
        let input: JSON
        let version: Int

        init(_ workflow: String, _ input: JSON, _ tempo: Deployed.Tempo = .patient) {
            (self.workflow, self.input, version) = (workflow, input, tempo.version)
        }
    }

    /// Starts many, sixteen at a time; while the orchestrator is away the same start is sent again.
    func start(_ starts: [Start]) async throws -> [SagaValues.UUID] {
        var ids: [Int: SagaValues.UUID] = [:]
        try await withThrowingTaskGroup(of: (Int, SagaValues.UUID).self) { group in
            for (index, start) in starts.enumerated() {
                if index >= 16, let (index, id) = try await group.next() { ids[index] = id }
                group.addTask { (index, try await self.start(start)) }
            }
            for try await (index, id) in group { ids[index] = id }
        }
        return starts.indices.compactMap { ids[$0] }
    }

    private func start(_ start: Start) async throws -> SagaValues.UUID {
        let body = StartBody(workflow: start.workflow, version: start.version, input: start.input)
        let key = "\(SagaValues.UUID.v7())"
        return try await insistently { try await self.client.start(body, key: key).saga.id }
    }

    /// Runs sagas that have to complete.
    func prepare(_ starts: [Start]) async throws {
        guard !starts.isEmpty else { return }
        let ids = try await start(starts)
        let ends = try await settle(ids)
        for (start, id) in zip(starts, ids) {
            guard ends[id]?.status != "completed" else { continue }
            throw Standstill(text: "\(start.workflow) was to complete: \(try await story(of: id))")
        }
    }

    /// How a saga stands, with all that runs for it.
    struct Standing: Sendable, Equatable {
        let status: String
        let incidents: Int
    }

    /// Who agrees or not, of the sagas that ask.
    enum Consent: String, Sendable { case approve, refuse, none }

    /// Waits until every saga has ended or waits for a person, and gives the consent they ask for meanwhile.
    func settle(
        _ ids: [SagaValues.UUID], consents: [SagaValues.UUID: Consent] = [:], within limit: Duration = .seconds(150)
    ) async throws -> [SagaValues.UUID: Standing] {
        let end = ContinuousClock.now + limit
        var asked: Set<SagaValues.UUID> = []
        while true {
            var standings: [SagaValues.UUID: Standing] = [:]
            var isRestless = false
            for row in try await look(at: ids) {
                guard let id = SagaValues.UUID(row[0]) else { continue }
                standings[id] = Standing(status: row[1], incidents: Int(row[2]) ?? 0)
                if row[3] == "false" && row[2] == "0" { isRestless = true }
                if row[4] == "true", !asked.contains(id), let consent = consents[id], consent != .none {
                    asked.insert(id)
                    do {
                        try await say(consent, to: id)
                    } catch let problem as Problem where problem.status == 409 {
                        // It was taken in before the orchestrator was killed, and only the answer was lost.
                    }
                }
            }
            if !isRestless, standings.count == ids.count { return standings }
            guard ContinuousClock.now < end else {
                let open = try await look(at: ids).filter { $0[3] == "false" && $0[2] == "0" }
                var stories = ""
                for row in open.prefix(4) {
                    if let id = SagaValues.UUID(row[0]) { stories += try await story(of: id) + "\n" }
                }
                throw Standstill(text: "\(open.count) are open after \(limit):\n\(stories)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    struct Standstill: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    private static func family(_ ids: [SagaValues.UUID]) -> String {
        """
        WITH RECURSIVE family AS (
            SELECT id AS root, id FROM unnest('{\(ids.map { "\($0)" }.joined(separator: ","))}'::uuid[]) AS id
            UNION ALL SELECT f.root, o.id FROM family f JOIN saga_origins o ON o.parent_id = f.id)
        """
    }

    private func look(at ids: [SagaValues.UUID]) async throws -> [[String]] {
        let rows = try await rows(
            """
            \(Town.family(ids))
            SELECT s.id::text, s.status, count(i.*)::text, (s.ended_at IS NOT NULL)::text,
                (s.state LIKE '%[15,%' AND o.workflow = 'user-offboarding')::text
            FROM family f JOIN sagas s ON s.id = f.root JOIN saga_origins o ON o.id = f.root
            LEFT JOIN saga_incidents i ON i.saga_id = f.id AND i.resolved_at IS NULL
            GROUP BY s.id, s.status, s.ended_at, s.state, o.workflow
            """, in: LocalPlatform.Database.saga)
        return try rows.map { row in try (0..<5).map { try row.text($0) } }
    }

    private func say(_ consent: Consent, to id: SagaValues.UUID) async throws {
        let body = try JSONValueEncoder.encode(OperatorBody(reason: "so it is decided")).bytes
        try await insistently {
            let answer: OperatorAnswer = try await self.client.send(
                .post, "/v1/sagas/\(id)/\(consent.rawValue)", headers: ["Content-Type": "application/json"], body: body)
            #expect(answer.id == id)
        }
    }

    /// Asks again while the orchestrator is away.
    private func insistently<Answer: Sendable>(_ ask: @Sendable () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try await ask()
            } catch let error as ClientError where ContinuousClock.now < end {
                guard case .unreachable = error else { throw error }
            } catch let problem as Problem where problem.status >= 500 && ContinuousClock.now < end {
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Retries whatever of the sagas waits for a person.
    func retry(_ ids: [SagaValues.UUID]) async throws {
        let text = try await platform.postgres.psql(
            """
            \(Town.family(ids))
            SELECT DISTINCT f.id FROM family f JOIN saga_incidents i ON i.saga_id = f.id AND i.resolved_at IS NULL
            """, database: LocalPlatform.Database.saga)
        for id in text.split(separator: "\n").compactMap({ SagaValues.UUID(String($0)) }) {
            _ = try await client.retry(id, reason: "the cause is mended")
        }
    }

    /// What happened to a saga and its children, for whoever reads a failure.
    func story(of id: SagaValues.UUID) async throws -> String {
        try await platform.postgres.psql(
            """
            \(Town.family([id]))
            SELECT o.workflow || ' ' || coalesce(o.parent_step, '') || ' ' || s.status || ' ' || s.state || E'\\n' || string_agg(
                concat_ws(' ', h.revision, h.at::time(3), h.kind, h.step, h.item, h.direction, h.attempt,
                    left(h.data, 160)), E'\\n' ORDER BY h.revision)
            FROM family f JOIN sagas s ON s.id = f.id JOIN saga_origins o ON o.id = f.id
            JOIN saga_history h ON h.saga_id = f.id GROUP BY f.id, o.workflow, o.parent_step, s.status, s.state ORDER BY f.id
            """, database: LocalPlatform.Database.saga)
    }
}
