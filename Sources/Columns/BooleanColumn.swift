/// Yes, no or null a row.
package struct BooleanColumn: Sendable {
    package let codes: [UInt8]
    package static let no: UInt8 = 0
    package static let yes: UInt8 = 1
    package static let null: UInt8 = 2

    package init(_ values: [Bool?]) { codes = values.map { $0.map { $0 ? Self.yes : Self.no } ?? Self.null } }

    package subscript(row: Int) -> Bool? { codes[row] == Self.null ? nil : codes[row] == Self.yes }
    package var byteCount: Int { codes.heldBytes }
}
