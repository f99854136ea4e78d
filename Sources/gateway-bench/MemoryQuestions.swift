import CCE
import Outbound
import ReleaseModel

/// What releases cost in memory: the growth of this process while they are made, so that nothing is left out.
enum MemoryQuestions {
    static func ask(releases: Int = 1_000_000, into report: inout Report) {
        let perCluster = 500
        func held(_ policy: ValuesPolicy, clusters: Int) -> (bytes: Int, parts: [ClusterPart], raw: Int) {
            // Bodies differ from cluster to cluster and are let go before the next is made.
            let before = residentBytes()
            var raw = 0
            let parts = (0..<clusters).compactMap { number -> ClusterPart? in
                let body = ResponseBody(BenchBody.list(releases: perCluster, seed: UInt64(number)))
                raw += perCluster * 2000
                return try? ReleaseDecoder.part(from: body, values: policy)
            }
            return (residentBytes() - before, parts, raw)
        }
        // The first body's buffers and what the allocator keeps of them are there before it counts.
        _ = held(.keep, clusters: 20)
        let kept = held(.keep, clusters: 200)
        report.add(
            "memory.values", "values of 2 KB kept: resident bytes beside the raw ones",
            exactly: Double(kept.parts.reduce(0) { $0 + $1.heavy.frameByteCount }) / Double(kept.raw),
            reach: .atMost(0.5))
        let basic = held(.drop, clusters: releases / perCluster)
        report.add(
            "memory.basic.of1M", "resident bytes a release, basic fields",
            exactly: Double(basic.bytes) / Double(basic.parts.reduce(0) { $0 + $1.count }), reach: .atMost(450))
        report.add(
            "memory.estimate.of1M", "bytes a release as the gateway reckons them",
            exactly: Double(basic.parts.reduce(0) { $0 + $1.byteCount })
                / Double(basic.parts.reduce(0) { $0 + $1.count }), reach: .atMost(450))
    }

    /// Of this process, as the kernel counts it.
    private static func residentBytes() -> Int {
        guard let text = BenchFile.text("/proc/self/statm") else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }
}
