import Logging
import ServiceLifecycle
import Synchronization
import TestSupport

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
