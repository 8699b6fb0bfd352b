import Logging
import ServiceLifecycle
import Synchronization

let quiet = Logger(label: "rabbitmq-bus-tests") { _ in SwiftLogNoOpLogHandler() }

/// Runs services while `body` works; then their tasks are cancelled.
func running<Result>(_ services: [any Service], body: () async throws -> Result) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for service in services { group.addTask { try await service.run() } }
        defer { group.cancelAll() }
        return try await body()
    }
}

struct Overdue: Error, CustomStringConvertible {
    let description: String
}

/// Waits until `condition` holds, and fails when it does not in time.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while !(try await condition()) {
        guard ContinuousClock.now < deadline else { throw Overdue(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Gathers values from anywhere.
final class Box<Value: Sendable>: Sendable {
    private let content = Mutex<[Value]>([])

    var all: [Value] { content.withLock { $0 } }
    var count: Int { content.withLock { $0.count } }

    func add(_ values: [Value]) {
        content.withLock { $0 += values }
    }

    @discardableResult
    func waitFor(_ count: Int) async throws -> [Value] {
        try await eventually("\(count) are there, have \(self.count)") { self.count >= count }
        return all
    }
}
