import Compression

/// A piece of some text, compressed together with its neighbours: alone it would take half as much room again.
package final class HeavyBlock: Sendable {
    /// One zstd frame.
    package let frame: [UInt8]
    /// What comes out of it; nil when that is not known.
    package let textCount: Int?

    package init(frame: [UInt8], textCount: Int? = nil) {
        self.frame = frame
        self.textCount = textCount
    }
    package func text() throws(Zstd.Failure) -> [UInt8] { try Zstd.decompress(frame, limit: Self.limit) }

    /// More than the largest body that can be configured: a text that does not fit was never held.
    private static let limit = 1 << 30
}

/// A text that is held compressed.
package struct HeldText: Sendable, Equatable {
    /// Nil: the text is empty.
    package let block: HeavyBlock?
    /// Where it stands in the block's text; nil: it is all of it.
    package let range: Range<Int>?

    package static let empty = HeldText(block: nil, range: nil)

    package init(block: HeavyBlock?, range: Range<Int>?) {
        self.block = block
        self.range = range
    }
    /// A text of its own.
    package init(_ text: [UInt8]) throws(Zstd.Failure) {
        if text.isEmpty {
            self = .empty
        } else {
            self.init(block: HeavyBlock(frame: try Zstd.compress(text), textCount: text.count), range: nil)
        }
    }

    package func text() throws(Zstd.Failure) -> [UInt8] {
        guard let block else { return [] }
        return try text(in: block.text())
    }
    /// - Parameter whole: the text of its block.
    package func text(in whole: [UInt8]) throws(Zstd.Failure) -> [UInt8] {
        guard let range else { return whole }
        guard range.upperBound <= whole.count else { throw .damaged }
        return Array(whole[range])
    }

    /// Equal text, wherever it stands.
    package static func == (left: HeldText, right: HeldText) -> Bool {
        if left.block === right.block, left.range == right.range { return true }
        guard let one = try? left.text(), let other = try? right.text() else {
            return left.block?.frame == right.block?.frame && left.range == right.range
        }
        return one == other
    }
}
