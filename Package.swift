// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "saga",
    products: [
        .executable(name: "saga", targets: ["saga"]),
        // With the modules whose types its users name: where database and broker are, and values.
        .library(name: "ParticipantKit", targets: ["ParticipantKit", "Postgres", "RabbitMQ", "SagaValues"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // The engine: values, expressions, the pure saga machine, what is said on the wire, and the runtime on its ports.
        .target(name: "SagaValues", path: "Sources/SagaEngine/Values", swiftSettings: strict),
        .target(name: "Patterns", path: "Sources/SagaEngine/Patterns", swiftSettings: strict),
        .target(
            name: "Expressions", dependencies: ["SagaValues", "Patterns"], path: "Sources/SagaEngine/Expressions",
            swiftSettings: strict),
        .target(
            name: "SagaCore", dependencies: ["SagaValues", "Expressions"], path: "Sources/SagaEngine/Core",
            swiftSettings: strict),
        .target(name: "SagaWire", dependencies: ["SagaValues"], path: "Sources/SagaEngine/Wire", swiftSettings: strict),
        .target(
            name: "SagaEngine",
            dependencies: ["SagaValues", "SagaCore", "Comparing", "Workflows", crypto, lifecycle, logging],
            path: "Sources/SagaEngine/Runtime", swiftSettings: strict),

        // Definitions: YAML to a checked plan.
        .target(
            name: "Workflows", dependencies: ["SagaValues", "Patterns", "Expressions", "SagaCore", crypto, "Yams"],
            path: "Sources/Workflows", exclude: ["Comparing", "Diagrams", "Exploration", "Scenarios"],
            swiftSettings: strict),
        // Plays everything that can happen to a plan.
        .target(
            name: "Exploration", dependencies: ["SagaValues", "SagaCore"], path: "Sources/Workflows/Exploration",
            swiftSettings: strict),
        // Plays what a test file tells, in virtual time.
        .target(
            name: "Scenarios", dependencies: ["SagaValues", "SagaCore", "Workflows"],
            path: "Sources/Workflows/Scenarios", swiftSettings: strict),
        // Plans and sagas as drawings.
        .target(
            name: "Diagrams", dependencies: ["SagaValues", "SagaCore"], path: "Sources/Workflows/Diagrams",
            swiftSettings: strict),
        // What changed between two versions, and whether a saga can move from one to the other.
        .target(
            name: "Comparing", dependencies: ["SagaValues", "SagaCore", "Workflows"],
            path: "Sources/Workflows/Comparing", swiftSettings: strict),

        // Adapters: the outside world, one module each.
        .target(name: "CThreads", path: "Sources/Adapters/CThreads"),
        .target(
            name: "IOThreads", dependencies: ["CThreads"], path: "Sources/Adapters/IOThreads", swiftSettings: strict),
        .systemLibrary(
            name: "CPostgres", path: "Sources/Adapters/Postgres/CPostgres", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .target(
            name: "Postgres", dependencies: ["CPostgres", "IOThreads", "SagaValues"],
            path: "Sources/Adapters/Postgres/Client", swiftSettings: strict),
        .target(
            name: "PostgresStore", dependencies: ["Postgres", "SagaEngine", "SagaCore", "SagaValues"],
            path: "Sources/Adapters/Postgres/Store", swiftSettings: strict),
        .target(
            name: "CRabbitMQ", path: "Sources/Adapters/RabbitMQ/CRabbitMQ",
            linkerSettings: [.linkedLibrary("rabbitmq"), .linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(
            name: "RabbitMQ", dependencies: ["CRabbitMQ", "IOThreads", "SagaValues", lifecycle, logging],
            path: "Sources/Adapters/RabbitMQ/Client", swiftSettings: strict),
        .target(
            name: "RabbitMQWire", dependencies: ["RabbitMQ", "SagaWire"], path: "Sources/Adapters/RabbitMQ/Wire",
            swiftSettings: strict),
        .target(
            name: "RabbitMQBus",
            dependencies: ["RabbitMQ", "RabbitMQWire", "SagaWire", "SagaEngine", "SagaCore", "SagaValues", logging],
            path: "Sources/Adapters/RabbitMQ/Bus", swiftSettings: strict),
        .target(
            name: "SagaAPI", dependencies: ["SagaValues"], path: "Sources/Adapters/HTTP/API", swiftSettings: strict),
        .target(
            name: "APIServer",
            dependencies: [
                "Comparing", "Diagrams", "Exploration", "SagaAPI", "SagaEngine", "SagaCore", "SagaValues", "Workflows",
                crypto, lifecycle, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/Adapters/HTTP/Server", swiftSettings: strict),

        // For participants, and the platform's own.
        .target(
            name: "ParticipantKit",
            dependencies: ["SagaValues", "SagaWire", "Postgres", "RabbitMQ", "RabbitMQWire", lifecycle, logging],
            path: "Sources/ParticipantKit", swiftSettings: strict),
        .target(
            name: "CloudPhone",
            dependencies: ["ParticipantKit", "Postgres", "RabbitMQ", "SagaValues", lifecycle, logging, unixSignals],
            path: "Sources/CloudPhone", swiftSettings: strict),

        // Private servers, for development, demonstrations, benchmarks and tests.
        .target(name: "CSpawn", path: "Sources/LocalServers/CSpawn"),
        .target(
            name: "LocalServers", dependencies: ["CSpawn"], path: "Sources/LocalServers", exclude: ["CSpawn"],
            swiftSettings: strict),

        // Checks the databases from outside, with plain SQL.
        .target(
            name: "Checker", dependencies: ["Postgres", "SagaValues"], path: "Sources/Checker", swiftSettings: strict),

        // The program.
        .target(
            name: "SagaServer",
            dependencies: [
                "APIServer", "Postgres", "PostgresStore", "RabbitMQ", "RabbitMQBus", "SagaEngine", "SagaValues",
                "SagaCore", "Workflows", argumentParser, crypto, lifecycle, logging, unixSignals, "Yams",
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            path: "Sources/saga/Server", swiftSettings: strict),
        .target(
            name: "SagaCLI", dependencies: ["SagaAPI", "SagaValues", argumentParser, "Yams"], path: "Sources/saga/CLI",
            swiftSettings: strict),
        .target(
            name: "LocalPlatform",
            dependencies: ["CloudPhone", "LocalServers", "Postgres", "RabbitMQ", "SagaValues", logging],
            path: "Sources/saga/Platform", swiftSettings: strict),
        .target(
            name: "SagaDev",
            dependencies: [
                "Checker", "CloudPhone", "LocalPlatform", "LocalServers", "Postgres", "RabbitMQ", "SagaAPI", "SagaCLI",
                "SagaServer", "SagaValues", argumentParser, lifecycle, unixSignals,
            ],
            path: "Sources/saga/Dev", swiftSettings: strict),
        .target(
            name: "SagaBench",
            dependencies: [
                "LocalPlatform", "LocalServers", "Postgres", "PostgresStore", "RabbitMQ", "RabbitMQBus", "RabbitMQWire",
                "SagaCLI", "SagaCore", "SagaDev", "SagaEngine", "SagaServer", "SagaValues", "SagaWire", "Workflows",
                argumentParser,
                lifecycle, logging, unixSignals,
            ],
            path: "Sources/saga/Bench", swiftSettings: strict),
        .target(
            name: "SagaTools",
            dependencies: [
                "Comparing", "Diagrams", "Exploration", "SagaAPI", "SagaCLI", "SagaCore", "SagaValues", "Scenarios",
                "Workflows", argumentParser,
            ],
            path: "Sources/saga/Tools", swiftSettings: strict),
        .executableTarget(
            name: "saga",
            dependencies: ["SagaBench", "SagaCLI", "SagaDev", "SagaServer", "SagaTools", "Workflows", argumentParser],
            path: "Sources/saga/Main",
            swiftSettings: strict),

        // Support for tests.
        // What is fuzzed (docs/FUZZING.md), so that tests replay what was found.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "SagaValues", "Patterns", "Expressions", "SagaCore", "SagaWire", "Workflows", "Exploration",
                "Scenarios",
            ],
            path: "Fuzz/Sources/FuzzTargets", swiftSettings: strict),
        .target(name: "TestServers", dependencies: ["LocalServers"], path: "Tests/TestServers", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["SagaValues", logging], path: "Tests/TestSupport", swiftSettings: strict
        ),
        .target(
            name: "MemoryStore", dependencies: ["SagaEngine", "SagaCore", "SagaValues"], path: "Tests/MemoryStore",
            swiftSettings: strict),
        .target(
            name: "SagaStoreContract", dependencies: ["SagaEngine", "SagaCore", "SagaValues", "TestSupport"],
            path: "Tests/SagaStoreContract", swiftSettings: strict),

        .target(
            name: "TestAPI",
            dependencies: [
                "APIServer", "MemoryStore", "SagaEngine", "SagaCore", "SagaValues", "Workflows", lifecycle, logging,
            ],
            path: "Tests/TestAPI", swiftSettings: strict),

        // Pure logic: milliseconds, no servers.
        .testTarget(name: "SagaValuesTests", dependencies: ["SagaValues", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ExpressionsTests", dependencies: ["Expressions", "Patterns", "SagaValues", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "SagaCoreTests",
            dependencies: ["SagaCore", "SagaValues", "Expressions", "Exploration", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "SagaWireTests", dependencies: ["SagaWire", "SagaValues", "TestSupport", "Yams"],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowsTests",
            dependencies: [
                "Workflows", "Exploration", "FuzzTargets", "SagaCore", "Expressions", "SagaValues", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ScenariosTests", dependencies: ["Scenarios", "Workflows", "SagaCore", "SagaValues", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "DiagramsTests",
            dependencies: ["Diagrams", "Expressions", "SagaCore", "SagaValues", "TestSupport"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "ComparingTests",
            dependencies: [
                "Comparing", "Exploration", "Expressions", "SagaCore", "SagaValues", "TestSupport", "Workflows",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SagaEngineTests",
            dependencies: [
                "SagaEngine", "Expressions", "MemoryStore", "SagaCore", "SagaValues", "Workflows", lifecycle, logging,
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MemoryStoreTests", dependencies: ["MemoryStore", "SagaStoreContract", "SagaEngine", "SagaValues"],
            swiftSettings: strict),
        .testTarget(
            name: "APIServerTests",
            dependencies: [
                "APIServer", "TestAPI", "MemoryStore", "SagaAPI", "SagaEngine", "SagaCore", "SagaStoreContract",
                "SagaValues", "Workflows", "TestSupport", crypto, logging,
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SagaServerTests",
            dependencies: [
                "SagaServer", "APIServer", "LocalServers", "Postgres", "PostgresStore", "RabbitMQ", "SagaCore",
                "SagaEngine", "SagaStoreContract", "SagaValues", "TestAPI", "TestServers", "TestSupport",
                "Workflows", argumentParser, crypto,
                lifecycle, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SagaCLITests",
            dependencies: [
                "APIServer", "SagaCLI", "saga", "TestAPI", "SagaAPI", "SagaEngine", "SagaValues", "TestSupport",
                "Yams",
            ],
            swiftSettings: strict),
        .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),

        // With real servers, private and started by the tests.
        .testTarget(name: "IOThreadsTests", dependencies: ["IOThreads"], swiftSettings: strict),
        .testTarget(name: "LocalServersTests", dependencies: ["LocalServers", "TestServers"], swiftSettings: strict),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "IOThreads", "SagaValues", "LocalServers", "TestServers", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "PostgresStoreTests",
            dependencies: [
                "PostgresStore", "SagaStoreContract", "SagaEngine", "SagaCore", "SagaValues", "Postgres",
                "LocalServers",
                "TestServers", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RabbitMQTests",
            dependencies: [
                "RabbitMQ", "CRabbitMQ", "IOThreads", "SagaValues", "LocalServers", "TestServers", lifecycle, logging,
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RabbitMQBusTests",
            dependencies: [
                "RabbitMQBus", "RabbitMQ", "RabbitMQWire", "MemoryStore", "SagaEngine", "SagaCore", "SagaValues",
                "SagaWire", "Workflows", "LocalServers", "TestServers", lifecycle, logging, "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParticipantKitTests",
            dependencies: [
                "ParticipantKit", "SagaValues", "SagaWire", "Postgres", "RabbitMQ", "RabbitMQWire", "LocalServers",
                "TestServers", lifecycle, logging, "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CloudPhoneTests",
            dependencies: [
                "CloudPhone", "ParticipantKit", "SagaValues", "SagaWire", "Postgres", "RabbitMQ", "RabbitMQWire",
                "LocalServers", "TestServers", lifecycle, logging, "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CheckerTests",
            dependencies: [
                "Checker", "CloudPhone", "LocalServers", "Postgres", "PostgresStore", "RabbitMQ", "SagaValues",
                "TestServers", logging,
            ],
            swiftSettings: strict),
        // The whole platform, every program a process of its own.
        .testTarget(
            name: "PlatformTests",
            dependencies: [
                "saga", "Checker", "CloudPhone", "LocalPlatform", "LocalServers", "ParticipantKit", "Postgres",
                "PostgresStore", "RabbitMQ", "RabbitMQWire", "SagaAPI", "SagaBench", "SagaCLI", "SagaCore",
                "SagaEngine", "SagaValues", "TestServers", "TestSupport", "Workflows", lifecycle, logging,
            ],
            swiftSettings: strict),
    ]
)
