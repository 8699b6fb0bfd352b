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
            exclude: ["Exploration"], swiftSettings: strict),
        .target(name: "Exploration", dependencies: ["SagaValues", "SagaCore"], swiftSettings: strict),
        // What libFuzzer offers, for Swift.
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "SagaValues", "Patterns", "Expressions", "SagaCore", "Workflows", "Exploration",
            ],
            path: "Sources/Fuzz", swiftSettings: strict,
            // The default linker of Linux, gold, breaks off over the tables of the sanitizers.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]),
    ]
)
