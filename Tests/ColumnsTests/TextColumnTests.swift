import Testing

@testable import Columns

@Suite struct TextColumnTests {
    private func column(_ texts: [String?], order: [Int]? = nil) -> TextColumn {
        var builder = TextColumnBuilder(capacity: texts.count)
        for text in texts {
            guard let utf8 = text?.utf8 else {
                builder.appendNull()
                continue
            }
            builder.append(utf8.span)
        }
        return builder.column(inOrder: order ?? Array(texts.indices))
    }

    @Test func `texts come back, nulls stay null, and the dictionary is sorted by bytes`() {
        let texts = ["b", nil, "é", "e\u{301}", "", "b", "Z", "🛶"]
        let column = column(texts)
        #expect(texts.indices.map { column[$0] } == texts)
        #expect((0..<column.dictionary.count).map { column.dictionary[$0] } == ["", "Z", "b", "e\u{301}", "é", "🛶"])
        #expect(column.codes[1] == column.nullCode)
    }
    @Test func `only texts of rows that are kept are held, in the order asked for`() {
        let column = column(["a", "b", "c"], order: [2, 0])
        #expect(column[0] == "c" && column[1] == "a" && column.dictionary.count == 2)
    }
    @Test(arguments: [1, 255, 256, 257, 65_535, 65_536])
    func `codes are as wide as the dictionary needs, null included`(count: Int) {
        let column = column((0..<count).map { "text \($0)" } + [nil])
        #expect(column.codes.count == count + 1 && column[count] == nil && column[count - 1] == "text \(count - 1)")
        switch column.codes {
        case .bytes: #expect(count < 256)
        case .pairs: #expect((256..<65_536).contains(count))
        case .quads: #expect(count >= 65_536)
        }
    }
    @Test(arguments: [("a", 0, false), ("b", 0, true), ("c", 1, false), ("d", 1, true), ("e", 2, false)])
    func `a text is found, or where it would stand`(text: String, code: Int, isEqual: Bool) {
        let found = column(["d", "b"]).lowerBound(text.utf8.span)
        #expect(found.code == code && found.isEqual == isEqual)
    }
}

@Suite struct IntegerColumnTests {
    @Test(arguments: [
        [1, nil, -1], [Int64(Int32.max), nil, Int64(Int32.min) + 1], [Int64(Int32.min), nil, 0],
        [.max, nil, .min, 0], [nil], [],
    ])
    func `numbers of any size come back, and nulls`(numbers: [Int64?]) {
        let column = IntegerColumn(numbers)
        #expect(numbers.indices.map { column[$0] } == numbers)
    }
}
