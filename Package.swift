// swift-tools-version: 6.1
import PackageDescription

/// CI builds with warnings as errors; a user's newer compiler may warn about more and must still build.
let strict: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

func module(
    _ name: String, in folder: String = "Sources", _ dependencies: [Target.Dependency] = [], excluding: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "\(folder)/\(name)", exclude: excluding, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], excluding: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        path: "Tests/\(name)Tests", exclude: excluding, swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "FLPerformance",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "flperf", targets: ["flperf"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLMDB", path: "Sources/CLMDB", pkgConfig: "lmdb",
            providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .systemLibrary(
            name: "CCurl", path: "Sources/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(
            name: "CHash", path: "Sources/CHash", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
        .systemLibrary(name: "CSocket", path: "Sources/CSocket"),

        module("Storage", ["CLMDB"]),
        module("Transparency", ["CHash", crypto]),
        module("Events", ["CHash", crypto, protobuf], excluding: ["events.proto"]),
        module("EventStore", ["Storage", "Events", "Transparency"]),
        module("ProjectionKit", ["Storage", "Events", "EventStore"]),
        module("Statistics"),
        module("Charts"),
        module("Formulas", ["Statistics", yams, crypto]),
        module("Streaming", ["CCurl", "CSocket"]),
        module("Simulator", ["Streaming", collections]),
        module("Orchestrator", ["Streaming"]),
        module("Resources"),
        module("Benchmarking", ["Events", "Streaming", "Orchestrator", "Resources", "Statistics", "Formulas", crypto]),
        module("SampleColumns", ["Storage", "Events", "ProjectionKit", "Formulas"]),
        module("Commands", ["Events"]),
        module("Import", ["Events", crypto, grdb]),

        module("Models", in: "Projections", ["ProjectionKit"]),
        module("Runs", in: "Projections", ["ProjectionKit"]),
        module("Results", in: "Projections", ["ProjectionKit", "Formulas", "SampleColumns"]),
        module("Samples", in: "Projections", ["ProjectionKit", "Formulas", "SampleColumns"]),
        module("Logs", in: "Projections", ["ProjectionKit"]),

        module(
            "DataFolder",
            [
                "Audit", "Commands", "EventStore", "ProjectionKit", "Models", "Runs", "Results", "Samples",
                "Logs", "SampleColumns", "Benchmarking",
                "Import", "Transparency", logging,
            ]),
        module(
            "Export",
            [
                "Storage", "EventStore", "ProjectionKit", "Transparency", "Models", "Runs", "Results", "Logs",
                "Formulas", "Charts",
                grdb, sqlite,
            ]),
        module("Fleet", ["Events", "EventStore", "Transparency"]),
        module("Audit", ["Events", "EventStore", "Transparency", "Export"]),
        module(
            "Web",
            [
                "Audit", "Charts", "Commands", "DataFolder", "Benchmarking", "Export", "Orchestrator", "Streaming",
                "Transparency", crypto, hummingbird, lifecycle, logging,
            ]),
        .executableTarget(
            name: "flperf",
            dependencies: [
                "Audit", "DataFolder", "Export", "Fleet", "Import", "Orchestrator", "Simulator", "Streaming", "Web",
                "EventStore", "ProjectionKit", "Results", "Samples",
                "Formulas", "Transparency",
                "Resources", argumentParser, lifecycle, logging,
            ],
            path: "Sources/flperf", swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Events", "Formulas", "Simulator", "Streaming"], path: "Tests/Support",
            swiftSettings: strict),
        tests(of: "Storage"),
        tests(of: "Transparency"),
        tests(of: "Events", excluding: ["Golden"]),
        .executableTarget(
            name: "log-exerciser", dependencies: ["EventStore", "Events", "Storage"], path: "Tests/LogExerciser",
            swiftSettings: strict),
        tests(of: "EventStore", ["Transparency", "log-exerciser"], excluding: ["Golden"]),
        tests(of: "ProjectionKit", ["Models", "Runs", "Results", "Samples", "Logs", "SampleColumns"]),
        tests(of: "SampleColumns", ["Events", "Formulas", "Storage"]),
        tests(of: "Statistics"),
        tests(of: "Charts"),
        tests(of: "Formulas"),
        .executableTarget(
            name: "parser-fuzzer", dependencies: ["Streaming"], path: "Tests/ParserFuzzer", swiftSettings: strict),
        tests(of: "Streaming", ["Simulator", "parser-fuzzer"]),
        tests(of: "Simulator", ["Streaming"]),
        tests(of: "Orchestrator", ["Simulator", "Streaming"]),
        tests(of: "Resources"),
        tests(of: "Benchmarking"),
        tests(of: "Import", ["DataFolder", grdb]),
        tests(
            of: "DataFolder",
            ["Fleet", "Simulator", "Orchestrator", "Streaming", "Commands", "Resources", "Transparency", logging]),
        tests(
            of: "Export", ["DataFolder", "Fleet", "Results", "EventStore", "Events", "Formulas", "Transparency", grdb]),
        tests(of: "Audit", ["Events", "EventStore"]),
        tests(of: "Fleet", ["DataFolder", "EventStore", "Events", "Transparency"]),
        tests(
            of: "Web",
            ["DataFolder", "Fleet", "Orchestrator", "Simulator", "Streaming", "Benchmarking", lifecycle, logging]),
        tests(of: "flperf"),
        .testTarget(
            name: "RepositoryTests", dependencies: ["TestSupport"], path: "Tests/RepositoryTests", swiftSettings: strict
        ),
    ]
)
