import COpenAPI
import JSON
import Settings

/// The API's description, as it was when this was compiled.
package enum OpenAPIDocument {
    /// The bytes of `openapi/release-gateway.yaml`.
    package static let yaml: [UInt8] = (0..<copenapi_length()).map { copenapi_byte($0) }

    /// The same as JSON, members in the document's order; made when it is first asked for. Empty when the document
    /// is not YAML, which a test rules out.
    package static let json: [UInt8] = {
        guard let root = YAMLDocument(parsing: yaml).root else { return [] }
        var writer = JSONWriter(capacity: yaml.count * 2)
        writer.node(root)
        return writer.bytes
    }()
}

extension JSONWriter {
    /// As deep as the YAML reader let the document be.
    fileprivate mutating func node(_ node: YAMLNode) {
        switch node.content {
        case .mapping(let members):
            beginObject()
            for member in members {
                key(member.key)
                self.node(member.value)
            }
            endObject()
        case .sequence(let items):
            beginArray()
            for item in items { self.node(item) }
            endArray()
        case .scalar(let text, _):
            switch node.scalar {
            case .boolean(let value): boolean(value)
            case .integer(let value): integer(value)
            case .float(let value): raw(value.description.utf8)
            case .null: null()
            case .text, nil: string(text)
            }
        }
    }
}
