// swift-tools-version: 6.2
import PackageDescription

// Not a part of the main build: scripts/fuzz builds it with libFuzzer and the address sanitizer in all of it. The
// modules are those of the main package, by way of links.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "saga-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "SagaValues", swiftSettings: strict),
        .target(name: "Patterns", swiftSettings: strict),
        .target(name: "Expressions", dependencies: ["SagaValues", "Patterns"], swiftSettings: strict),
        .target(name: "SagaCore", dependencies: ["SagaValues", "Expressions"], swiftSettings: strict),
        .target(
            name: "Workflows",
            dependencies: [
                "SagaValues", "Patterns", "Expressions", "SagaCore", "Yams",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Comparing", "Diagrams", "Exploration", "Scenarios"], swiftSettings: strict),
        .target(name: "Exploration", dependencies: ["SagaValues", "SagaCore"], swiftSettings: strict),
        .target(name: "Scenarios", dependencies: ["SagaValues", "SagaCore", "Workflows"], swiftSettings: strict),
        .target(name: "SagaWire", dependencies: ["SagaValues"], swiftSettings: strict),
        // What is fuzzed, and what is promised of it. The tests of the main package replay finds with it.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "SagaValues", "Patterns", "Expressions", "SagaCore", "SagaWire", "Workflows", "Exploration",
                "Scenarios",
            ],
            swiftSettings: strict),
        // What libFuzzer offers, for Swift.
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["CFuzzer", "FuzzTargets"],
            path: "Sources/Fuzz", swiftSettings: strict,
            // The default linker of Linux, gold, breaks off over the tables of the sanitizers.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]),
    ]
)
