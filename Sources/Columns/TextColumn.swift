/// A text a row, or null: numbers of the entries of a dictionary.
package struct TextColumn: Sendable {
    /// Ascending by bytes, each text once, each in some row.
    package let dictionary: TextList
    /// The count of the dictionary stands for null, so that nulls come last by code as they do in every order.
    package let codes: CodeColumn
    /// Some row has no text.
    package let hasNulls: Bool
    /// One for each entry of the dictionary, where it is small.
    let hashes: [UInt32]

    init(dictionary: TextList, codes: CodeColumn, hasNulls: Bool, hashes: [UInt32]) {
        self.dictionary = dictionary
        self.codes = codes
        self.hasNulls = hasNulls
        self.hashes = hashes
    }

    package var nullCode: Int { dictionary.count }
    package subscript(row: Int) -> String? { text(ofCode: codes[row]) }
    package func text(ofCode code: Int) -> String? { code < dictionary.count ? dictionary[code] : nil }
    package var byteCount: Int { dictionary.byteCount + codes.byteCount + hashes.heldBytes }

    /// The first code whose text does not come before `text`, and whether it is that text.
    package func lowerBound(_ text: Span<UInt8>) -> (code: Int, isEqual: Bool) {
        var low = 0
        var high = dictionary.count
        while low < high {
            let middle = (low + high) / 2
            let order = dictionary.compare(middle, with: text)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}
