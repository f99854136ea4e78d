import JSON

/// What each row of a part was decoded from: rows that come again byte for byte are taken over as they are.
///
/// It goes where the part goes: nothing is remembered of a cluster whose rows are no longer held.
package struct RowSources: Sendable {
    package struct Source: Sendable {
        /// Of the bytes of the cloud's row.
        package let text: TextHash
        /// Over what it says, as `ClusterPart.rowHashes` but whole.
        package let digest: TextHash
        package let repaired: Int
        package init(text: TextHash, digest: TextHash, repaired: Int) {
            self.text = text
            self.digest = digest
            self.repaired = repaired
        }
    }
    /// How the heavy fields were treated. Rows that were treated otherwise than is wanted now must not be taken over.
    package let treatment: String
    /// One for each row.
    package let rows: [Source]

    package init(treatment: String, rows: [Source]) {
        self.treatment = treatment
        self.rows = rows
    }
}
