import JSON

/// Chart values as JSON text, already escaped to stand inside a JSON string.
///
/// A release's values are a few members of its own and one of a small number of large blocks that are made once: a
/// fleet with gigabytes of values is rendered at the speed of copying.
struct SimulatedValues: Sendable {
    /// Stands in every password, key and token of the values and nowhere else: what tests look for in answers.
    static let secretMarker = "EXAMPLE-PASSWORD"

    private let blocks: [[UInt8]]

    init(byteCount: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed, stream: 0x7A1)
        blocks = byteCount <= 0 ? [] : (0..<16).map { _ in Self.block(byteCount: byteCount, using: &random) }
    }

    /// The value of a row's `values` member, with its quotation marks.
    func append(_ release: SimulatedRelease, to writer: inout JSONWriter) {
        guard !blocks.isEmpty else { return writer.string("") }
        var random = SplitMix64(seed: release.valuesSeed)
        let block = blocks[random.below(blocks.count)]
        let own =
            "{\"fullnameOverride\":\"\(release.name)\",\"image\":{\"repository\":\"swr.example.com/\(release.chart.name)\","
            + "\"tag\":\"\(release.chartVersion)-\(random.digits(7))\"},\"auth\":{\"username\":\"app\",\"password\":\""
            + "\(Self.secretMarker)-\(random.digits(12))\"},\"replicaCount\":\(1 + random.below(6))"
        var text: [UInt8] = []
        text.reserveCapacity(block.count + 320)
        JSONText.append(own, to: &text)
        text.removeLast()  // the block goes on within the string
        text.append(contentsOf: block)
        text.append(UInt8(ascii: "\""))
        writer.raw(text)
    }

    /// Members that follow others, and the brace that ends the object; escaped, without quotation marks around.
    private static func block(byteCount: Int, using random: inout SplitMix64) -> [UInt8] {
        var text = ""
        var number = 0
        while text.utf8.count + 260 < byteCount - 200 {
            let name = random.pick(Catalogue.applications)
            number += 1
            text +=
                ",\"\(name)\(number)\":{\"enabled\":\(random.chance(0.8)),\"resources\":{\"limits\":{\"cpu\":\"\(random.below(20) * 100)m\","
                + "\"memory\":\"\(1 << random.below(13))Mi\"}},\"env\":[{\"name\":\"LOG_LEVEL\",\"value\":\"info\"}],"
                + "\"database\":{\"host\":\"db-\(number).internal\",\"credentials\":{\"secretKey\":\"\(secretMarker)-\(random.digits(16))\"},"
                + "\"url\":\"postgres://app:\(secretMarker)-\(random.digits(8))@db-\(number).internal:5432/\(name)\"}}"
        }
        let filler = max(0, byteCount - text.utf8.count - 200)
        text += ",\"notes\":\"\(String(repeating: "n", count: filler))\"}"
        var escaped: [UInt8] = []
        JSONText.append(text, to: &escaped)
        return Array(escaped.dropFirst().dropLast())
    }
}
