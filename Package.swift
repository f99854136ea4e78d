// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of ours: a warning is an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// Targets that touch no C: an unmarked use of an unsafe construct is an error too.
let safe: [SwiftSetting] =
    strict + [
        .strictMemorySafety(),
        .treatWarning("StrictMemorySafety", as: .error),
    ]
/// Every C++ target of ours.
let cxx: [CXXSetting] = [
    .enableWarning("all"),
    .enableWarning("extra"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-O2"], .when(configuration: .debug)),
]

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let collections: Self = .product(name: "DequeModule", package: "swift-collections")
    static let heap: Self = .product(name: "HeapModule", package: "swift-collections")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let signals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
}

// In the order of the house: a target names only targets above it (a test holds this list to that).
let package = Package(
    name: "release-gateway",
    products: [
        .executable(name: "release-gateway", targets: ["release-gateway"]),
        .executable(name: "cce-simulator", targets: ["cce-simulator"]),
        .executable(name: "gateway-bench", targets: ["gateway-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCompression", pkgConfig: "libzstd", providers: [.apt(["zlib1g-dev", "libzstd-dev"])]),
        .systemLibrary(name: "CPlatform"),
        .target(name: "COpenAPI"),
        .target(name: "CColumns", cxxSettings: cxx),
        .target(name: "CSimdJSON", cxxSettings: cxx, linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CQueryBound", cxxSettings: cxx, linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "CFanOutBound", dependencies: ["CCurl", "CLibCrypto"], cxxSettings: cxx,
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CPageBound", dependencies: ["CMicroHTTPD"]),

        .target(name: "Locking", swiftSettings: strict),
        .target(name: "Platform", dependencies: ["CPlatform", "Locking"], swiftSettings: strict),
        .target(name: "Timing", dependencies: ["Locking", "Platform", .heap], swiftSettings: strict),
        .target(name: "Cryptography", dependencies: ["CLibCrypto", "Locking"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: strict),
        .target(name: "Compression", dependencies: ["CCompression"], swiftSettings: strict),
        .target(name: "Columns", dependencies: ["CColumns", "JSON"], swiftSettings: strict),

        .target(
            name: "ReleaseModel", dependencies: ["Locking", "Timing", "JSON", "Compression", "Columns"],
            swiftSettings: safe),
        .target(name: "Settings", dependencies: ["CYAML", "Cryptography", "Timing"], swiftSettings: strict),
        .target(name: "Signing", dependencies: ["Locking", "Timing", "Cryptography", "Settings"], swiftSettings: safe),
        .target(
            name: "Outbound", dependencies: ["CCurl", "Locking", "Timing", "Settings", .collections],
            swiftSettings: strict),
        .target(
            name: "Credentials",
            dependencies: [
                "Locking", "Timing", "Platform", "Cryptography", "JSON", "Settings", "Signing", "Outbound", .logging,
            ], swiftSettings: safe),
        .target(
            name: "Telemetry", dependencies: ["Locking", "Timing", "JSON", "Settings", "Outbound", .logging, .metrics],
            swiftSettings: safe),
        .target(
            name: "CCE",
            dependencies: [
                "Locking", "Timing", "Cryptography", "JSON", "Columns", "ReleaseModel", "Settings", "Signing",
                "Outbound", "Telemetry", .metrics,
            ], swiftSettings: safe),
        .target(
            name: "Discovery",
            dependencies: ["Locking", "Timing", "ReleaseModel", "Settings", "CCE", .logging],
            swiftSettings: safe),
        .target(
            name: "Inventory",
            dependencies: [
                "Locking", "Timing", "Platform", "Cryptography", "JSON", "ReleaseModel", "Settings", "Outbound",
                "Telemetry", "CCE", "Discovery", .collections, .heap, .logging,
            ], swiftSettings: safe),
        .target(
            name: "Query", dependencies: ["Timing", "JSON", "Columns", "ReleaseModel"],
            swiftSettings: safe),
        .target(
            name: "Inbound", dependencies: ["CMicroHTTPD", "Locking", "Timing", "Platform", "Settings", .logging],
            swiftSettings: strict),
        .target(
            name: "API",
            dependencies: [
                "COpenAPI", "Locking", "Timing", "Platform", "Cryptography", "JSON", "Compression", "ReleaseModel",
                "Settings", "Signing", "Telemetry", "Query", "Inbound", .logging, .metrics,
            ], swiftSettings: safe),
        .target(
            name: "Gateway",
            dependencies: [
                "Locking", "Timing", "Platform", "Cryptography", "JSON", "ReleaseModel", "Settings", "Signing",
                "Outbound", "Credentials", "Telemetry", "CCE", "Discovery", "Inventory", "Query", "Inbound", "API",
                .logging, .metrics, .signals,
            ], swiftSettings: safe),
        .executableTarget(
            name: "release-gateway",
            dependencies: ["Platform", "Settings", "Gateway", .argumentParser, .logging],
            swiftSettings: safe),

        .target(
            name: "Simulation",
            dependencies: [
                "Locking", "Timing", "Cryptography", "JSON", "ReleaseModel", "Settings", "Signing", "Inbound", .logging,
            ], swiftSettings: safe),
        .executableTarget(
            name: "cce-simulator",
            dependencies: [
                "Timing", "Platform", "Cryptography", "Settings", "Signing", "Inbound", "Simulation", .argumentParser,
                .logging, .signals,
            ], swiftSettings: safe),
        .target(
            name: "GatewayTestKit",
            dependencies: [
                "CLibCrypto", "Platform", "Locking", "Timing", "Cryptography", "JSON", "ReleaseModel", "Settings",
                "Signing", "Outbound", "CCE", "Discovery", "Simulation", "Gateway", .logging,
            ], swiftSettings: strict),
        .executableTarget(
            name: "gateway-bench",
            dependencies: [
                "CFanOutBound", "CPageBound", "CQueryBound", "Timing", "JSON", "ReleaseModel", "Settings", "Signing",
                "Outbound", "CCE", "Query", "GatewayTestKit", .argumentParser,
            ],
            swiftSettings: strict),

        .testTarget(name: "TimingTests", dependencies: ["Locking", "Timing"], swiftSettings: safe),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "Locking"], swiftSettings: strict),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: safe),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "GatewayTestKit"], swiftSettings: safe),
        .testTarget(name: "CompressionTests", dependencies: ["Compression"], swiftSettings: safe),
        .testTarget(name: "ColumnsTests", dependencies: ["Columns", "GatewayTestKit"], swiftSettings: safe),
        .testTarget(
            name: "ReleaseModelTests",
            dependencies: ["Locking", "Columns", "ReleaseModel", "Timing", "GatewayTestKit"], swiftSettings: safe),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "Cryptography"], swiftSettings: safe),
        .testTarget(
            name: "SigningTests",
            dependencies: ["Signing", "Settings", "Cryptography", "Timing", "Locking", "GatewayTestKit"],
            resources: [.copy("signing-vectors.json")], swiftSettings: safe),
        .testTarget(
            name: "OutboundTests", dependencies: ["Outbound", "Locking", "Timing", "Settings", "GatewayTestKit"],
            swiftSettings: strict,
            // The tests' own lookup stands before the C library's for libcurl too.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"])]),
        .testTarget(
            name: "CredentialsTests",
            dependencies: [
                "Credentials", "Outbound", "Signing", "Settings", "Simulation", "Platform", "Timing", "Locking",
                "GatewayTestKit", .logging,
            ],
            swiftSettings: safe),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "Outbound", "JSON", "Locking", "Timing", "Settings", "GatewayTestKit", .logging, .metrics,
            ],
            swiftSettings: safe),
        .testTarget(
            name: "CCETests",
            dependencies: [
                "CCE", "JSON", "Locking", "Outbound", "Telemetry", "ReleaseModel", "Signing", "Settings", "Timing",
                "GatewayTestKit",
            ], swiftSettings: safe),
        .testTarget(
            name: "DiscoveryTests",
            dependencies: [
                "Discovery", "CCE", "ReleaseModel", "Signing", "Settings", "Timing", "Locking", "GatewayTestKit",
                .logging,
            ], swiftSettings: safe),
        .testTarget(
            name: "InventoryTests",
            dependencies: [
                "Columns",
                "Inventory", "Discovery", "CCE", "Outbound", "JSON", "ReleaseModel", "Signing", "Settings", "Platform",
                "Timing", "Locking", "GatewayTestKit", .logging,
            ], swiftSettings: safe),
        .testTarget(
            name: "QueryTests",
            dependencies: ["Query", "Compression", "JSON", "ReleaseModel", "Timing", "GatewayTestKit"],
            swiftSettings: safe),
        .testTarget(
            name: "InboundTests",
            dependencies: ["Inbound", "Locking", "Timing", "Settings", "GatewayTestKit", .logging],
            swiftSettings: strict),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Query", "Inbound", "ReleaseModel", "JSON", "Cryptography", "Timing", "Locking", "Platform",
                "Settings", "Signing", "Compression", "Telemetry", "GatewayTestKit",
            ], swiftSettings: safe),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Simulation", "ReleaseModel", "Signing", "Settings", "Inbound", "JSON", "Timing", "GatewayTestKit",
            ], swiftSettings: safe),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Platform", "Gateway", "API", "Inbound", "Inventory", "Discovery", "CCE", "Outbound", "Signing",
                "Credentials", "Telemetry", "ReleaseModel", "Simulation", "Settings", "Cryptography", "JSON", "Timing",
                "Locking",
                "GatewayTestKit", .logging,
            ], exclude: ["Fixtures"], swiftSettings: safe),
        .testTarget(
            name: "FaultTests",
            dependencies: [
                "Gateway", "API", "Inbound", "Outbound", "CCE", "Signing", "Telemetry", "ReleaseModel", "Simulation",
                "Settings", "JSON", "Timing", "Locking", "GatewayTestKit", .logging,
            ], swiftSettings: safe),
        .testTarget(name: "ManifestTests", swiftSettings: safe),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

// Without a main of its own: only libFuzzer has one, so it is built for `make fuzz` alone.
if Context.environment["RELEASE_GATEWAY_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "filter-fuzzer", dependencies: ["Query"], path: "Tests/Fuzz", exclude: ["filter.dict"],
            swiftSettings: strict))
}
