public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct WatchCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what happens as it happens: to a saga until it has ended, to those of a workflow, or to all.",
        discussion: """
            A connection that is lost is made again, and nothing is missed. Exit status for one saga: 0 completed, \
            3 ended otherwise, 4 still open when --for is over.
            """)

    @Argument(help: "The saga's id; all sagas if not given.", transform: SagaID.read)
    var id: UUID?
    @Option(help: "Only sagas of this workflow.")
    var workflow: String?
    @Option(help: "Only sagas of this tenant.")
    var tenant: String?
    @Flag(help: "Children of other sagas too.")
    var children = false
    @Option(name: .customLong("for"), help: "How long to watch at most, such as 30s; without end if not given.")
    var limit: String?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard id == nil || workflow == nil && tenant == nil && !children else {
            throw ValidationError("--workflow, --tenant and --children are for all sagas, not for one")
        }
        if let limit, Duration(sagaText: limit).map({ $0 > .zero }) != true {
            throw ValidationError("--for must be a duration such as 30s or 5m")
        }
    }

    public func run() async throws {
        try await Exit.run {
            let deadline = limit.flatMap { Duration(sagaText: $0) }.map { ContinuousClock.now + $0 }
            let client = try options.client()
            let watching = Watching(client: client, printer: options.printer)
            let query = [
                ("workflow", workflow), ("tenant", client.tenant(tenant)), ("children", children ? "true" : nil),
            ]
            let id = id
            let status = try await within(deadline) {
                if let id { try await watching.one(id) } else { try await watching.all(query) }
            }
            return status ?? (id == nil ? ExitStatus.done : .stillOpen).rawValue
        }
    }

    /// nil if the time was over first.
    private func within(
        _ deadline: ContinuousClock.Instant?, _ body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32? {
        guard let deadline else { return try await body() }
        return try await withThrowingTaskGroup(of: Int32?.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? nil
        }
    }
}

/// Prints what streams tell, each change once.
private struct Watching {
    let client: Client
    let printer: Printer

    /// Until it has ended.
    func one(_ id: UUID) async throws -> Int32 {
        var follower = ChangeFollower(client: client, path: "/v1/sagas/\(id)/changes")
        follower.whenLost = Self.report
        var seen = 0
        try await follower.follow { event in
            guard event.name == "change" else { return try Self.goesOn(event) }
            let item: HistoryItem = try event.read()
            guard item.revision > seen else { return true }
            seen = item.revision
            try printer.item(item) { Terminal.print(item.line) }
            return true
        }
        return Exit.code(of: try await client.saga(id).saga)
    }

    func all(_ query: [(String, String?)]) async throws -> Int32 {
        var follower = ChangeFollower(client: client, path: "/v1/changes", query: query)
        follower.whenLost = Self.report
        var told = Told()
        try await follower.follow { event in
            guard event.name == "change" else { return try Self.goesOn(event) }
            let change: ChangeView = try event.read()
            if told.isNews(change) { try printer.item(change) { Terminal.print(change.line) } }
            return true
        }
        return 0
    }

    /// Whether the stream goes on after its end, over another connection.
    private static func goesOn(_ event: EventParser.Event) throws -> Bool {
        guard event.name == "end" else { return true }
        let end: StreamEndView = try event.read()
        if end.reason == "credential" {
            throw Problem(code: "SAGA-0202", title: "Not authenticated", status: 401, detail: end.detail)
        }
        return end.reason != "saga-ended"
    }

    private static func report(_ why: String) {
        Terminal.error("\(Terminal.clean(why)); connecting again")
    }
}

/// What was told already of the sagas that changed last: after a lost connection the last minute is told again.
struct Told {
    private var revisions: [UUID: Int] = [:]
    private var line: [UUID] = []
    private let limit = 20_000

    mutating func isNews(_ change: ChangeView) -> Bool {
        if let known = revisions[change.saga] {
            guard change.revision > known else { return false }
        } else {
            line.append(change.saga)
            if line.count > limit { revisions[line.removeFirst()] = nil }
        }
        revisions[change.saga] = change.revision
        return true
    }
}

extension EventParser.Event {
    func read<Body: Decodable>() throws -> Body {
        try JSONValueDecoder.decode(Body.self, from: try JSON(parsing: data, limits: JSON.Limits(bytes: 8 << 20)))
    }
}

extension ChangeView {
    /// One line of all that happens.
    fileprivate var line: String {
        var what = kind
        if let step {
            let part = item.map { " (item \($0))" } ?? ""
            what = "\(step)\(part): \(direction == "undo" ? "undo " : direction == "probe" ? "probe " : "")\(kind)"
        }
        if let attempt, attempt > 1, direction != "probe" { what += " (attempt \(attempt))" }
        let whose = tenant == "default" ? "" : " \(tenant)"
        let name = Terminal.clean("\(workflow) v\(version)\(whose)")
        return "\(Terminal.styled(Format.time(at), .dim))  \(saga)  \(name)  \(Terminal.clean(what))"
            + (status.map { "  \(Terminal.status(Terminal.clean($0)))" } ?? "")
    }
}
