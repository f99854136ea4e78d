import CCE
import CQueryBound
import JSON
import Outbound
import ReleaseModel

/// What reading a cluster's answer costs beside simdjson On-Demand touching every field of the same bytes.
enum IngestQuestions {
    static func ask(rounds: Int = 11, into report: inout Report) {
        let body = ResponseBody(BenchBody.list(releases: 500))
        let bound = { _ = touch(body) }
        precondition(touch(body) != 0, "the bound read nothing")
        for (policy, reach) in [(ValuesPolicy.drop, 0.5), (.redact, 0.12)] {
            let ratio = Paired.rounds(rounds, bound) {
                // A part is published before its values are masked; here that counts, too.
                _ = try? ReleaseDecoder.part(from: body, values: policy).heavy
            }
            report.add(
                "ingest.\(policy.rawValue)", "body to published part, values: \(policy.rawValue), bytes a second",
                against: "simdjson On-Demand touching every field", ratio, reach: .atLeast(reach))
        }
    }

    private static func touch(_ body: ResponseBody) -> UInt64 {
        body.storage.withUnsafeBufferPointer { cquerybound_touch($0.baseAddress, body.count, $0.count) }
    }
}

/// Bodies as the cloud writes them, from a fixed seed, with values like those of real charts: words, versions, image
/// names and numbers that repeat from chart to chart, and secrets that never do.
enum BenchBody {
    static func list(releases: Int, seed: UInt64 = 0xB0D1) -> [UInt8] {
        var random = BenchRandom(state: seed)
        var writer = JSONWriter(capacity: releases * 2800)
        writer.beginArray()
        for row in 0..<releases {
            writer.beginObject()
            writer.member("chart_name", "application-\(random.below(60))")
            writer.member("chart_public", false)
            writer.member("chart_version", "\(random.below(4)).\(random.below(9)).\(random.below(5))")
            writer.member("cluster_id", "a870253f-5dc7-11ee-bf71-0255ac100b03")
            writer.member("cluster_name", "sfs-turbo-test")
            writer.member("create_at", "2023-11-14T\(10 + random.below(10)):\(10 + random.below(50)):57+08:00")
            writer.member("description", "Upgrade complete")
            writer.member("name", "release-\(row)-\(random.below(10_000))")
            writer.member("namespace", BenchFleet.namespaceNames[random.below(50)])
            writer.member("parameters", "")
            writer.member("resources", "")
            writer.member("status", BenchFleet.statusNames[random.below(100) < 93 ? 0 : 1 + random.below(4)])
            writer.member("status_description", "Upgrade complete")
            writer.member("update_at", "2025-03-14T\(10 + random.below(10)):\(10 + random.below(50)):57+08:00")
            writer.member("values", values(bytes: 2000, &random))
            writer.member("version", 1 + random.below(40))
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static let words = [
        "api", "worker", "frontend", "gateway", "cache", "database", "queue", "scheduler", "metrics", "proxy", "auth",
        "billing", "search", "storage", "mailer", "reports",
    ]
    private static let images = ["nginx", "redis", "postgresql", "rabbitmq", "busybox", "envoy", "grafana", "keycloak"]

    /// The values of one release as JSON text of about so many bytes.
    static func values(bytes: Int, _ random: inout BenchRandom) -> String {
        func word(_ random: inout BenchRandom) -> String { words[random.below(words.count)] }
        var text =
            "{\"fullnameOverride\":\"\(word(&random))-\(random.below(1000))\",\"replicaCount\":\(1 + random.below(9))"
        while text.utf8.count < bytes {
            let name = word(&random)
            text += ",\"\(name)\(random.below(30))\":{\"enabled\":\(random.below(2) == 0),\"image\":{\"repository\":"
            text += "\"swr.cn-north-4.myhuaweicloud.com/\(name)/\(images[random.below(images.count)])\",\"tag\":"
            text +=
                "\"\(random.below(9)).\(random.below(30)).\(random.below(20))-\(String(random.next() & 0xFFF_FFFF, radix: 16))\"},"
            text +=
                "\"resources\":{\"limits\":{\"cpu\":\"\((1 + random.below(40)) * 50)m\",\"memory\":\"\(64 << random.below(7))Mi\"},"
            text +=
                "\"requests\":{\"cpu\":\"\((1 + random.below(20)) * 10)m\"}},\"env\":[{\"name\":\"LOG_LEVEL\",\"value\":\"info\"},"
            text +=
                "{\"name\":\"\(word(&random).uppercased())_URL\",\"value\":\"http://\(word(&random)).\(word(&random)).svc:\(1024 + random.below(9000))\"}],"
            text += "\"auth\":{\"password\":\"\(String(random.next(), radix: 36))\"}}"
        }
        return text + "}"
    }
}
