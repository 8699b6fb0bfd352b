internal import CloudPhone
internal import Foundation
internal import LocalPlatform
internal import LocalServers
internal import SagaAPI
internal import SagaCLI
internal import SagaValues
internal import Synchronization

/// Where the scenes are played: the platform, and ways to act on it and to watch.
final class Stage: Sendable {
    let platform: LocalPlatform
    let client: Client
    private let failed = Mutex(0)

    init(_ platform: LocalPlatform) {
        self.platform = platform
        self.client = Client(url: platform.url, token: platform.token)
    }

    var failures: Int { failed.withLock { $0 } }

    // MARK: Acting

    /// The same purchase with less patience, so that the demo does not wait for real timeouts.
    func deployImpatientVersion(of file: String) async throws {
        let source = try String(contentsOfFile: file, encoding: .utf8)
            .replacing("version: 1", with: "version: 2")
            .replacing("  timeout: 10s", with: "  timeout: 1s")
            .replacing("      timeout: 15s", with: "      timeout: 2s")
            .replacing("retry: { attempts: 4 }", with: "retry: { attempts: 4, initial: 200ms, max: 1s }")
            .replacing("retry: { attempts: 3 }", with: "retry: { attempts: 3, initial: 200ms, max: 1s }")
            .replacing("retry: { attempts: 10 }", with: "retry: { attempts: 10, initial: 200ms, max: 1s }")
            .replacing(
                "undoRetry: { attempts: 8, max: 10s, timeout: 10s }",
                with: "undoRetry: { attempts: 3, initial: 200ms, max: 1s, timeout: 1s }")
        let view = try await client.deploy(Array(source.utf8), file: "plan-purchase, impatient")
        Terminal.print(
            Terminal.styled("· \(view.workflow) version \(view.version) is deployed: timeouts of a second", .dim))
    }

    /// What a buyer asks for.
    func purchase(user: Int, plan: Seed.Plan = .basic, price: String? = nil) -> StartBody {
        StartBody(
            workflow: "plan-purchase", businessKey: "user-\(user)",
            input: [
                "userId": .string(Seed.userID(user).description), "planId": .string(plan.id.description),
                "price": .string(price ?? plan.price),
            ])
    }

    /// Starts a purchase; while the orchestrator is away, or not ready yet, the same start is simply sent again.
    func start(_ body: StartBody, key: String) async throws -> SagaValues.UUID {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            if let id = try await whileAway({ try await client.start(body, key: key).saga.id }) { return id }
            guard ContinuousClock.now < deadline else { throw StageError("the orchestrator does not come back") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Switches a fault of a service on, for one user.
    func fault(
        _ kind: String, _ service: CloudPhoneService, _ action: String, user: Int, times: Int = 1, delay: Int = 0,
        code: String = "fault-injected", direction: String? = nil
    ) async throws {
        let database = service == .billing ? LocalPlatform.Database.billing : LocalPlatform.Database.core
        let way = direction.map { "'\($0)'" } ?? "NULL"
        try await platform.postgres.psql(
            """
            INSERT INTO fault_switches (service, action, kind, remaining, delay_ms, code, direction, only_for)
            VALUES ('\(service.rawValue)', '\(action)', '\(kind)', \(times), \(delay), '\(code)', \(way),
                '\(Seed.userID(user))')
            """, database: database)
    }

    // MARK: Watching

    /// Prints what happens to a saga until `isOver` or its end.
    @discardableResult
    func follow(
        _ id: SagaValues.UUID, from revision: Int = 0, limit: Duration = .seconds(90),
        until isOver: (SagaDetail) -> Bool = { _ in false }
    ) async throws -> SagaDetail {
        let deadline = ContinuousClock.now + limit
        var seen = revision
        while true {
            if let page = try await whileAway({ try await self.client.history(id, after: seen) }) {
                for item in page.history {
                    Terminal.print("  " + item.line)
                    seen = item.revision
                }
            }
            if let detail = try await whileAway({ try await self.client.saga(id) }), detail.saga.revision == seen,
                detail.saga.endedAt != nil || isOver(detail)
            {
                return detail
            }
            guard ContinuousClock.now < deadline else { throw StageError("saga \(id) has not ended after \(limit)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// nil while nobody answers, or nobody can: the orchestrator may be one of those that were killed, and one that has
    /// just come back is not ready at once.
    private func whileAway<Answer>(_ ask: () async throws -> Answer) async throws -> Answer? {
        do {
            return try await ask()
        } catch let error as ClientError {
            guard case .unreachable = error else { throw error }
            return nil
        } catch let problem as Problem {
            guard problem.status == 503 else { throw problem }
            return nil
        }
    }

    /// Waits for something that must come about, with a progress display where it takes long.
    func wait(for what: String, limit: Duration = .seconds(90), _ isDone: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !isDone() {
            guard ContinuousClock.now < deadline else { throw StageError("\(what) has not come about after \(limit)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Says whether something is as it should be, and counts if it is not.
    func expect(_ statement: String, _ holds: Bool) {
        if !holds { failed.withLock { $0 += 1 } }
        let mark = holds ? Terminal.styled("✓", .green) : Terminal.styled("✗", .bold, .red)
        Terminal.print("   \(mark) \(statement)")
    }

    /// One number out of a database.
    func count(_ sql: String, in database: String) async throws -> Int {
        let text = try await platform.postgres.psql(sql, database: database)
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    func charges(user: Int, status: String = "success") async throws -> Int {
        try await count(
            "SELECT count(*) FROM payments WHERE user_id = '\(Seed.userID(user))' AND status = '\(status)'",
            in: LocalPlatform.Database.billing)
    }

    func devices(user: Int) async throws -> Int {
        try await count(
            "SELECT count(*) FROM devices WHERE user_id = '\(Seed.userID(user))'", in: LocalPlatform.Database.core)
    }

    func orders(user: Int) async throws -> Int {
        try await count(
            "SELECT count(*) FROM orders WHERE user_id = '\(Seed.userID(user))'", in: LocalPlatform.Database.billing)
    }
}

struct StageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
