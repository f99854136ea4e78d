import JSON
import Settings
import Timing

/// Every key that the configuration may have, for the reference in `docs/config.md` and for the chart's schema: what is
/// said there is what the code reads.
package enum ConfigOutlineText {
    package static var keys: [ConfigKey] {
        Section.keys { root in
            _ = GatewayConfig(reading: root, region: nil, environment: nil, file: "")
        }
    }

    /// A line of JSON for each key: `path`, `form`, and where they apply `default`, `required`, `minimum`, `maximum` (as
    /// they would be written) and `words`.
    package static var lines: [String] { keys.map(line) }

    private static func line(_ key: ConfigKey) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("path", key.path)
        switch key.form {
        case .text: json.member("form", "text")
        case .boolean: json.member("form", "boolean")
        case .texts: json.member("form", "texts")
        case .map: json.member("form", "map")
        case .secret: json.member("form", "secret")
        case .list: json.member("form", "list")
        case .fraction:
            json.member("form", "fraction")
            json.member("minimum", "0")
            json.member("maximum", "1")
        case .integer(let range):
            json.member("form", "integer")
            json.member("minimum", "\(range.lowerBound)")
            json.member("maximum", "\(range.upperBound)")
        case .byteCount(let range):
            json.member("form", "byteCount")
            json.member("minimum", ByteCount.text(range.lowerBound))
            json.member("maximum", ByteCount.text(range.upperBound))
        case .duration(let range):
            json.member("form", "duration")
            json.member("minimum", range.lowerBound.text)
            json.member("maximum", range.upperBound.text)
        case .word(let words):
            json.member("form", "word")
            write(words, to: &json)
        case .words(let words):
            json.member("form", "words")
            write(words, to: &json)
        }
        if let fallback = key.fallback { json.member("default", fallback) }
        if key.isRequired { json.member("required", true) }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func write(_ words: [String], to json: inout JSONWriter) {
        json.key("words")
        json.beginArray()
        for word in words { json.string(word) }
        json.endArray()
    }
}
