import Glibc

/// How many random cases a property test tries: `RELEASE_GATEWAY_RUNS`, or what it takes by itself.
package func testRuns(default count: Int) -> Int { environmentNumber("RELEASE_GATEWAY_RUNS") ?? count }

/// How many times a test stops a gateway under load: `RELEASE_GATEWAY_SIGTERMS`, or 100.
package func testSigterms() -> Int { environmentNumber("RELEASE_GATEWAY_SIGTERMS") ?? 100 }

/// Where a property test's random numbers start: `RELEASE_GATEWAY_SEED`, or another one each time. Print it on failure.
package func testSeed() -> UInt64 {
    environmentNumber("RELEASE_GATEWAY_SEED").map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
}

private func environmentNumber(_ name: String) -> Int? {
    guard let text = getenv(name).flatMap({ Int(String(cString: $0)) }), text >= 0 else { return nil }
    return text
}
