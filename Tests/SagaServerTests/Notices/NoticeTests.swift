import Foundation
import LocalServers
import Logging
import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaStoreContract
import SagaValues
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@testable import SagaServer

/// On real PostgreSQL, with a receiver on this machine.
@Suite("Incidents are told outside", .serialized) struct NoticeTests {
    /// A database of its own.
    private struct Place: Sendable {
        let configuration: PostgresConfiguration
        let store: PostgresStore
        let connection: PostgresConnection
        let book = LogBook()

        func number(_ sql: String) async throws -> Int64 {
            try await connection.execute(PostgresStatement(sql))[0].int64(0)
        }

        var waiting: Int64 {
            get async throws {
                try await number(
                    "SELECT (SELECT count(*) FROM saga_notices) + (SELECT count(*) FROM saga_notice_deliveries)")
            }
        }

        /// Runs a desk for as long as `body` takes, and then stops it as SIGTERM does.
        func withDesk<R: Sendable>(
            _ receiver: Receiver, pause: Duration = .seconds(3_600), patience: Duration = .seconds(15),
            _ adjust: (inout NoticeDesk.Settings) -> Void = { _ in }, _ body: @Sendable () async throws -> R
        ) async throws -> R {
            var settings = NoticeDesk.Settings()
            settings.poll = .milliseconds(20)
            settings.firstPause = .milliseconds(20)
            settings.longestPause = .milliseconds(100)
            adjust(&settings)
            let webhook = Webhook(
                WebhookConfiguration(
                    address: try #require(WebhookAddress(receiver.url, plain: false)),
                    secret: try #require(WebhookSecret(Secret(Receiver.secret))), every: pause), patience: patience)
            let desk = NoticeDesk(store: store, senders: [webhook], settings: settings, log: book.logger)
            let group = ServiceGroup(configuration: .init(services: [.init(service: desk)], logger: book.logger))
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await eventually("the desk is there") {
                    try await number("SELECT count(*) FROM saga_notice_targets") == 1
                }
                let result = await Result { try await body() }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return try result.get()
            }
        }
    }

    private func withPlace(_ body: (Place, inout Author) async throws -> Void) async throws {
        let name = try await TestServers.freshDatabase(prefix: "notices")
        let server = try await TestServers.postgres()
        let configuration = PostgresConfiguration(
            host: server.host, port: server.port, user: server.user, database: name, applicationName: "notices")
        let store = PostgresStore(configuration, readers: 1)
        try await store.migrate()
        let place = Place(
            configuration: configuration, store: store,
            connection: PostgresConnection(configuration, name: "test"))
        var author = try await Author(on: store)
        let result = await Result { try await body(place, &author) }
        await place.connection.close()
        await store.close()
        try result.get()
    }

    /// Sagas with an incident each, opened in one batch.
    private func open(
        _ count: Int, _ author: inout Author, code: String = "no-stock", tenant: String = "default"
    ) async throws -> [SagaStoreContract.Sample] {
        let samples = (0..<count).map { _ in author.sample(tenant: tenant, input: #"{"card":"4111"}"#) }
        try await author.start(samples)
        try await author.commit { batch in
            for sample in samples {
                batch.update(sample, from: 1, hasIncident: true, data: #"{"card":"4111"}"#)
                batch.incidentsOpened.append(
                    IncidentOpening(
                        saga: sample.id, openedRevision: 2, step: "ship", participant: "parcel", cause: .rejected,
                        error: StepError(code: code, message: "the card 4111 is no good"), at: .wholeNow))
            }
        }
        return samples
    }

    private func resolve(_ samples: [SagaStoreContract.Sample], _ author: inout Author) async throws {
        try await author.commit { batch in
            for sample in samples {
                batch.update(sample, from: 2)
                batch.incidentsResolved.append(
                    IncidentResolution(saga: sample.id, openedRevision: 2, resolution: .done, at: .wholeNow))
            }
        }
    }

    @Test("an incident that opens and one that is resolved are told at once, signed, and without what they are about")
    func told() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver()
            defer { receiver.stop() }
            let before = try await open(1, &author)
            #expect(try await place.waiting == 0, "nothing is written while nobody is told")
            try await place.withDesk(receiver) {}
            let samples = try await open(1, &author, tenant: "acme")
            #expect(try await place.waiting == 1)
            try await place.withDesk(receiver) {
                try await eventually("it is told") { receiver.received.count == 1 }
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            try await resolve(samples + before, &author)
            try await place.withDesk(receiver) {
                try await eventually("both are told") { receiver.received.count == 3 }
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            let messages = receiver.received
            #expect(messages.allSatisfy { Receiver.isSigned($0) && $0.line.hasPrefix("POST /hooks/") })
            #expect(Set(messages.map(\.id)).count == 3)
            #expect(messages.allSatisfy { $0.headers["content-type"] == "application/json" })
            let first = messages[0].json
            #expect(first["type"] == "incident.opened" && first["timestamp"]?.stringValue?.hasSuffix("Z") == true)
            let data = try #require(first["data"])
            #expect(
                [data["workflow"], data["tenant"], data["step"], data["participant"], data["cause"], data["code"]]
                    == ["buy", "acme", "ship", "parcel", "rejected", "no-stock"])
            #expect(data["count"] == 1 && data["version"] == 1)
            #expect(data["incidents"]?[0]?["saga"]?.stringValue == samples[0].id.description)
            #expect(data["incidents"]?[0]?["revision"] == 2)
            let resolved = messages.dropFirst().map(\.json)
            #expect(resolved.allSatisfy { $0["type"] == "incident.resolved" })
            #expect(resolved.allSatisfy { $0["data"]?["incidents"]?[0]?["resolution"] == "done" })
            for message in messages { #expect(!String(decoding: message.body, as: UTF8.self).contains("4111")) }
        }
    }

    @Test("a thousand incidents of one outage are the first and then a summary; another group is told at once")
    func grouped() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver()
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author)
            try await place.withDesk(receiver, pause: .seconds(3_600)) {
                try await eventually("the first is told") { receiver.received.count == 1 }
                try await eventually("and that is noted") { try await place.waiting == 0 }
            }
            for _ in 1...10 { _ = try await open(100, &author) }
            _ = try await open(1, &author, code: "no-van")
            try await place.withDesk(receiver, pause: .seconds(3_600)) {
                try await eventually("the other one is told") { receiver.received.count == 2 }
                try await eventually("and that is noted") { try await place.waiting == 1_000 }
            }
            #expect(receiver.received[1].json["data"]?["code"] == "no-van")
            #expect(try await place.number("SELECT count(*) FROM saga_notices") == 1_000)
            // The pause is over.
            try await place.connection.runScript("UPDATE saga_notice_groups SET told_at = told_at - interval '2 hours'")
            try await place.withDesk(receiver, pause: .seconds(3_600)) {
                try await eventually("the summary is told") { receiver.received.count == 3 }
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            let data = try #require(receiver.received[2].json["data"])
            #expect(data["count"] == 1_000 && data["incidents"]?.arrayValue?.count == 10)
            #expect(receiver.received[2].body.count < 4_000)
        }
    }

    @Test("what fails is tried again with the same id and body, until it is taken")
    func retried() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver { $0 < 4 ? .text("500 Internal Server Error") : .text("200 OK") }
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author)
            try await place.withDesk(receiver) {
                try await eventually("it is taken") { receiver.received.count == 4 }
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            #expect(Set(receiver.received.map(\.id)).count == 1 && Set(receiver.received.map(\.body)).count == 1)
            #expect(receiver.received.allSatisfy(Receiver.isSigned))
            #expect(place.book.count(of: "warning a message about incidents was not delivered") == 3)
        }
    }

    @Test("a redirection is a failure, and nobody goes there")
    func redirected() async throws {
        try await withPlace { place, author in
            let other = try Receiver()
            let receiver = try Receiver { number in
                number == 1 ? .text("307 Temporary Redirect\r\nLocation: \(other.url)") : .text("200 OK")
            }
            defer {
                receiver.stop()
                other.stop()
            }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author)
            try await place.withDesk(receiver) {
                try await eventually("it is tried again") { receiver.received.count == 2 }
            }
            #expect(other.received.isEmpty)
            #expect(place.book.lines.contains { $0.contains("status 307") })
        }
    }

    @Test("a node that is stopped in the middle leaves it to the next, which sends it under the same id")
    func restarted() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver { $0 == 1 ? .silence : .text("200 OK") }
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author)
            let short: @Sendable (inout NoticeDesk.Settings) -> Void = { $0.lease = .milliseconds(500) }
            try await place.withDesk(receiver, short) {
                try await eventually("it is under way") { receiver.received.count == 1 }
            }
            #expect(try await place.waiting == 1)
            try await place.withDesk(receiver, short) {
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            #expect(receiver.received.count == 2 && Set(receiver.received.map(\.id)).count == 1)
        }
    }

    @Test("an answer that does not come in time is a failure")
    func silent() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver { $0 == 1 ? .silence : .text("200 OK") }
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author)
            try await place.withDesk(receiver, patience: .seconds(1)) {
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            #expect(receiver.received.count == 2)
            #expect(place.book.lines.contains { $0.contains("no answer") })
        }
    }

    @Test("what is given up stands in the log and in the audit, and nothing that is secret anywhere")
    func givenUp() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver { _ in .text("503 Service Unavailable") }
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            _ = try await open(1, &author, tenant: "acme")
            try await place.withDesk(receiver, { $0.life = .milliseconds(200) }) {
                try await eventually("nothing is left") { try await place.waiting == 0 }
            }
            #expect(place.book.count(of: "error a message about incidents is given up") == 1)
            var filter = AuditFilter()
            filter.verb = "notice-given-up"
            let lines = try await place.store.auditRecords(filter, before: nil, limit: 9)
            let line = try #require(lines.first?.record)
            #expect(lines.count == 1 && line.tenant == "acme" && line.workflow == "buy" && line.outcome == .refused)
            #expect(line.reason.contains("127.0.0.1") && line.reason.contains("status 503"))
            let tables = ["saga_audit", "saga_notices", "saga_notice_deliveries", "saga_notice_targets"]
            var texts = place.book.lines
            for table in tables {
                let rows = try await place.connection.execute(PostgresStatement("SELECT t::text FROM \(table) t"))
                for row in rows { texts.append(try row.text(0)) }
            }
            for text in texts {
                #expect(!text.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") && !text.contains("a-path-that-is-secret"))
                #expect(!text.contains("4111"))
            }
        }
    }

    @Test("two nodes tell each incident once, and what is not committed is not told")
    func twoNodes() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver()
            defer { receiver.stop() }
            try await place.withDesk(receiver) {}
            let codes = (1...30).map { "code-\($0)" }
            for code in codes { _ = try await open(2, &author, code: code) }
            let stale = author.sample()
            try await author.start(stale)
            let result = try await author.commit { batch in
                batch.update(stale, from: 7, hasIncident: true)
                batch.incidentsOpened.append(
                    IncidentOpening(
                        saga: stale.id, openedRevision: 8, step: "ship", participant: "parcel", cause: .unknown,
                        error: nil, at: .wholeNow))
            }
            #expect(result.stale == [stale.id])
            try await place.withDesk(receiver) {
                try await place.withDesk(receiver) {
                    try await eventually("nothing is left") { try await place.waiting == 0 }
                }
            }
            let told = receiver.received.compactMap { $0.json["data"]?["code"]?.stringValue }
            #expect(told.sorted() == codes.sorted() && receiver.received.count == 30)
            #expect(receiver.received.allSatisfy { $0.json["data"]?["count"] == 2 })
        }
    }

    @Test("what waits for somebody who is configured no more is dropped, and that is said")
    func dropped() async throws {
        try await withPlace { place, author in
            let receiver = try Receiver { _ in .text("500 Internal Server Error") }
            defer { receiver.stop() }
            try await place.withDesk(receiver) {
                _ = try await place.store.setNoticeTargets([NoticeTarget(name: "webhook", pause: .zero)])
            }
            _ = try await open(3, &author)
            let webhook = NoticeTarget(name: "webhook", pause: .zero)
            #expect(try await place.store.claimNotices(for: webhook, limit: 1, lease: .seconds(60)).count == 1)
            #expect(try await place.number("SELECT count(*) FROM saga_notice_deliveries") == 3, "each by itself")
            #expect(try await place.store.setNoticeTargets([]) == 3)
            #expect(try await place.waiting == 0)
            _ = try await open(1, &author)
            #expect(try await place.waiting == 0)
        }
    }
}
