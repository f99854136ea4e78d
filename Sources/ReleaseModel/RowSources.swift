import Columns
import JSON

/// What each row of a part was decoded from: rows that come again byte for byte are taken over as they are.
///
/// It goes where the part goes: nothing is remembered of a cluster whose rows are no longer held.
package struct RowSources: Sendable {
    /// How the heavy fields were treated. Rows that were treated otherwise than is wanted now must not be taken over.
    package let treatment: String
    /// Of the bytes of the cloud's row, one for each row.
    package let texts: [TextHash]
    /// The upper half of each row's digest; the lower one is in `ClusterPart.rowHashes`.
    package let digestHighs: [UInt64]
    /// Fields made null, by row; rows without any are left out.
    package let repaired: [Int: Int]

    package init(treatment: String, texts: [TextHash], digestHighs: [UInt64], repaired: [Int: Int]) {
        self.treatment = treatment
        self.texts = texts
        self.digestHighs = digestHighs
        self.repaired = repaired
    }
    var byteCount: Int { texts.heldBytes + digestHighs.heldBytes + repaired.count * 32 }
}
