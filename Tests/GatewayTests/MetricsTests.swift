import Foundation
import Gateway
import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Telemetry
import Testing

@Suite struct MetricsTests {
    private static func family(_ name: String) throws -> MetricFamily {
        try #require(GatewayMetrics.families.first { $0.name == name }, "\(name)")
    }

    // MARK: - docs/metrics.md

    private struct Row: Hashable {
        let name: String
        let type: String
        let labels: [String]
    }
    @Test func `docs/metrics.md has every metric with its type and labels, and no other`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/metrics.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let told = lines.compactMap { line -> Row? in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 6, cells[1].hasPrefix("`") else { return nil }
            return Row(
                name: cells[1].replacing("`", with: ""), type: cells[2],
                labels: cells[3].isEmpty ? [] : cells[3].replacing("`", with: "").components(separatedBy: ", "))
        }
        let real = GatewayMetrics.families.map { family in
            let type =
                switch family.kind {
                case .counter: "counter"
                case .gauge: "gauge"
                case .histogram: "histogram"
                }
            return Row(name: family.name, type: type, labels: family.labels)
        }
        #expect(told.count == Set(told).count)
        #expect(Set(real).subtracting(told).map(\.name).sorted() == [], "not in docs/metrics.md as they are")
        #expect(Set(told).subtracting(real).map(\.name).sorted() == [], "in docs/metrics.md, and not so in the code")
    }

    @Test func `names follow the conventions`() {
        #expect(Set(GatewayMetrics.families.map(\.name)).count == GatewayMetrics.families.count)
        for family in GatewayMetrics.families {
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.name.hasPrefix("release_gateway_") || family.name.hasPrefix("process_"), "\(family.name)")
            #expect(family.help.hasSuffix("."), "\(family.name)")
            #expect(
                !family.labels.contains { ["release", "name", "namespace", "path"].contains($0) }, "\(family.name)")
        }
    }

    // MARK: - What a running gateway says

    @Test func `no release, no namespace and no key is in the metrics`() async throws {
        try await TestBed.withRunning(SimulationOptions(clusters: 3, releases: 8)) { bed in
            try await bed.ready()
            let releases = try await bed.getJSON("/releases?page_size=500")["items"]?.array ?? []
            #expect(releases.count == 24)
            let page = try await RawClient.get("/metrics", port: bed.ports.admin)
            #expect(page.status == 200)
            for release in releases {
                for word in [release["name"]?.string, release["namespace"]?.string].compactMap({ $0 }) {
                    #expect(!page.text.contains("\"\(word)\""), "\(word)")
                }
            }
            for secret in bed.fleet.options.keysEnvironment.values { #expect(!page.text.contains(secret)) }
        }
    }

    @Test(arguments: [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("Accept: text/plain\r\n", "text/plain; version=0.0.4; charset=utf-8"),
        ("Accept: image/png\r\n", "text/plain; version=0.0.4; charset=utf-8"),
        // What Prometheus sends.
        (
            "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1\r\n",
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        ),
        (
            "Accept: text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4\r\n",
            "text/plain; version=0.0.4; charset=utf-8"
        ),
    ])
    func `the scraper has the format it wants`(accept: String, type: String) async throws {
        try await TestBed.withRunning(SimulationOptions(clusters: 1, releases: 2)) { bed in
            let answer = try await RawClient.ask(
                "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(accept)\r\n", port: bed.ports.admin)
            #expect(answer.status == 200 && answer.field("content-type") == type)
            #expect(answer.text.hasSuffix("# EOF\n") == type.contains("openmetrics"))
            #expect(try await bed.get("/metrics").status == 404, "the main listener has none")
        }
    }

    @Test func `clusters beyond the limit are one series together`() async throws {
        let settings = TestBed.onDemand + "telemetry: { clusters: 2 }\n"
        try await TestBed.withRunning(SimulationOptions(clusters: 5, releases: 6), settings: settings) { bed in
            try await bed.ready()
            let readings = bed.gateway.readings
            let releases = try Self.family("release_gateway_releases")
            let known = bed.fleet.allClusters.map(\.id).sorted().prefix(2).map(\.text)
            for cluster in known { #expect(readings.total(releases) { $0[0] == cluster } == 6) }
            #expect(readings.total(releases) { $0[0] == "other" } == 18)
            #expect(readings.total(releases) == 30)
            #expect(readings.total(try Self.family("release_gateway_cluster_info")) == 2)
            #expect(readings.value(try Self.family("release_gateway_snapshot_releases")) == 30)
        }
    }

    @Test func `reloads are counted, and the last one is known`() async throws {
        try await Harness.run { harness in
            try await harness.ready()
            let last = try Self.family("release_gateway_config_last_reload_successful")
            let reloads = try Self.family("release_gateway_config_reloads_total")
            #expect(harness.gateway.readings.value(last) == 1)
            try harness.reconfigure("nonsense: true\n")
            _ = try await eventually { harness.gateway.readings.value(last) == 0 ? true : nil }
            #expect(harness.gateway.readings.value(reloads, ["failure"]) == 1)
            try harness.reconfigure(harness.configText(""))
            _ = try await eventually { harness.gateway.readings.value(last) == 1 ? true : nil }
            #expect(harness.gateway.readings.value(reloads, ["success"]) == 1)
        }
    }
}
