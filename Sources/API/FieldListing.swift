import Inbound
import JSON
import Query

/// `GET /v1/fields`: what can be asked of each field, as the parser's own table says.
enum FieldListing {
    private static let body: [UInt8] = {
        var writer = JSONWriter(capacity: 8192)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for field in QueryField.all { writer.field(field) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }()
    private static let tag = EntityTag(body)

    static func answer(_ exchange: Exchange) -> Answer {
        if tag.matches(exchange.request.fields) { return .notModified(tag, coverage: nil) }
        var answer = Answer(body: body)
        answer.tag = tag
        return answer
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ field: QueryField) {
        beginObject()
        member("name", field.name)
        member("type", field.kind.rawValue)
        member("nullable", field.isNullable)
        member("description", field.description)
        member("example", field.example)
        list("operators", field.filtered.operators)
        list("parameters", field.parameterNames)
        member("sortable", field.sort != nil)
        member("facet", field.isFacet)
        member("group", field.counted != nil)
        endObject()
    }
    private mutating func list(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
