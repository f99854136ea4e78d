import JSON
import Query
import ReleaseModel

/// Rows as cells, for formats of columns: what the row's JSON object says, member by member.
struct RowCells {
    /// One cell: what stands in the object in its place.
    enum Cell: Equatable {
        case null
        case text(String)
        /// A number or a truth value: never anybody's text.
        case literal(String)
        /// An object or an array, as JSON.
        case json(String)
    }
    /// The members' names, in their order.
    let columns: [String]
    private var rows: RowWriter

    /// - Parameter fields: nil for all of the view.
    init(_ snapshot: Snapshot, view: ListRequest.View, fields: [ReleaseField]?) {
        rows = RowWriter(snapshot, view: view, fields: fields)
        let shown = fields ?? (view == .full ? ReleaseField.allCases : ReleaseField.allCases.filter { !$0.isFullOnly })
        var names = shown.map(\.rawValue)
        // As the row writer places it: behind the last of the fields that can be withheld.
        if shown.contains(where: \.canBeWithheld) {
            names.insert("withheld", at: shown.last == .stale ? names.count - 1 : names.count)
        }
        columns = names
    }

    /// One for each column.
    mutating func cells(of row: RowReference, isStale: Bool) -> [Cell] {
        var writer = JSONWriter(capacity: 1024)
        rows.append(row, isStale: isStale, to: &writer)
        let members = (try? JSONValue.parse(writer.bytes))?.members ?? []
        return columns.enumerated().map { index, name in
            // They come in the order of the columns.
            if index < members.count, members[index].name == name { return Self.cell(members[index].value) }
            return members.first { $0.name == name }.map { Self.cell($0.value) } ?? .null
        }
    }

    private static func cell(_ value: JSONValue) -> Cell {
        switch value {
        case .null: .null
        case .string(let text): .text(text)
        case .integer(let number): .literal(String(number))
        case .number(let number): .literal(number.description)
        case .boolean(let value): .literal(value ? "true" : "false")
        case .object, .array: .json(value.text)
        }
    }
}

extension ReleaseField {
    fileprivate var canBeWithheld: Bool { self == .values || self == .parameters || self == .resources }
    fileprivate var isFullOnly: Bool { canBeWithheld || self == .description }
}

extension JSONValue {
    /// The value as JSON, members in their order.
    fileprivate var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    /// As deep as the reader let the value be.
    fileprivate mutating func value(_ value: JSONValue) {
        switch value {
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                self.value(member.value)
            }
            endObject()
        case .array(let values):
            beginArray()
            for element in values { self.value(element) }
            endArray()
        case .string(let text): string(text)
        case .integer(let number): integer(number)
        case .number(let number): raw(number.description.utf8)
        case .boolean(let flag): boolean(flag)
        case .null: null()
        }
    }
}
