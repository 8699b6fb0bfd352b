internal import Foundation
public import LocalServers
internal import Synchronization

/// Servers that all tests of one process share: each is started once, by the first test that needs it.
///
/// Nothing has to be stopped. When the process has ended, in whatever way, the watcher of `LocalServers`
/// ends the servers and removes their folder. A test that wants to kill or freeze a server starts one of
/// its own with ``ownPostgres(settings:)`` or ``ownRabbitMQ(settings:)``.
public enum TestServers {
    /// The shared PostgreSQL; use ``freshDatabase(prefix:)`` to be undisturbed in it.
    public static func postgres() async throws -> LocalPostgres {
        try await Shared.postgres.value()
    }

    /// The shared RabbitMQ; name exchanges and queues uniquely in it.
    public static func rabbitMQ() async throws -> LocalRabbitMQ {
        try await Shared.rabbitMQ.value()
    }

    /// Creates an empty database with a unique name in the shared PostgreSQL.
    ///
    /// - Parameter prefix: the beginning of the name, for people who read logs.
    public static func freshDatabase(prefix: String = "test") async throws -> String {
        let name = uniqueName(prefix)
        try await postgres().createDatabase(name)
        return name
    }

    /// A name that no other test of this process uses, for databases, queues and the like.
    public static func uniqueName(_ prefix: String) -> String {
        "\(prefix)_\(counter.add(1, ordering: .relaxed).newValue)_\(String(UInt32.random(in: .min ... .max), radix: 36))"
    }

    /// A PostgreSQL for one test alone, which may be killed, frozen and started again.
    public static func ownPostgres(settings: [String: String] = [:]) async throws -> LocalPostgres {
        // A killed server cannot give back what it has in /dev/shm, which is small on many machines.
        let all = settings.merging(["dynamic_shared_memory_type": "mmap"]) { theirs, _ in theirs }
        return try await LocalPostgres.start(in: freshFolder("postgres"), settings: all, atOurEnd: .abrupt)
    }

    /// A RabbitMQ for one test alone, which may be killed, frozen and started again.
    public static func ownRabbitMQ(settings: [String: String] = [:]) async throws -> LocalRabbitMQ {
        try await LocalRabbitMQ.start(in: freshFolder("rabbitmq"), settings: settings, atOurEnd: .abrupt)
    }

    /// A path for a folder that does not exist yet, removed when the process ends.
    public static func freshFolder(_ name: String) throws -> String {
        "\(try Shared.folder.get())/\(uniqueName(name))"
    }

    private static let counter = Atomic<Int>(0)
}

private enum Shared {
    static let folder = Result { () throws(LocalServerError) in try TemporaryFolder.makeUntilEnd(prefix: "saga-tests") }
    static let postgres = Once { try await TestServers.ownPostgres() }
    static let rabbitMQ = Once { try await TestServers.ownRabbitMQ() }
}

/// A value that is made by whoever asks first, while the others wait for it.
private actor Once<Value: Sendable> {
    private let make: @Sendable () async throws -> Value
    private var task: Task<Value, any Error>?

    init(_ make: @escaping @Sendable () async throws -> Value) {
        self.make = make
    }

    func value() async throws -> Value {
        if let task { return try await task.value }
        let make = make
        // A task of its own: a test that is cancelled must not take the server from the others.
        let task = Task { try await make() }
        self.task = task
        return try await task.value
    }
}
