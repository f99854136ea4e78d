import JSON
import Query

/// `GET /v1/access`: who the caller is and what the policies give.
enum AccessListing {
    static func answer(_ access: Access) -> Answer {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("caller", access.name)
        writer.texts("groups", access.groups)
        writer.member("restricted", access.scope != nil)
        writer.key("policies")
        writer.beginArray()
        for rule in access.scope?.scope.rules ?? [] { writer.rule(rule) }
        writer.endArray()
        writer.endObject()
        return Answer(body: writer.bytes)
    }
}

extension JSONWriter {
    fileprivate mutating func texts(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
    fileprivate mutating func rule(_ rule: Scope.Rule) {
        beginObject()
        member("name", rule.name)
        key("clusters")
        beginObject()
        texts("ids", rule.clusterIDs)
        texts("names", rule.clusterNames)
        key("labels")
        beginObject()
        for (name, value) in rule.labels.sorted(by: { $0.key < $1.key }) {
            key(name)
            string(value)
        }
        endObject()
        endObject()
        texts("namespaces", rule.namespaces)
        texts("charts", rule.charts)
        texts("verbs", Scope.Verb.allCases.filter(rule.verbs.contains).map(\.rawValue))
        endObject()
    }
}
