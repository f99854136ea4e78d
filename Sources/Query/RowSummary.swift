import Columns
import ReleaseModel
import Timing

/// What is counted of one cluster's rows whoever asks.
package struct RowSummary: Sendable, Equatable {
    /// By the known words, `other` for all else; only those that occur.
    package private(set) var statuses: [String: Int] = [:]
    /// Of the rows that are on their way somewhere, when each was last updated; a row without a time is not there.
    package private(set) var unfinished: [Instant] = []

    package init(_ part: ClusterPart) {
        let column = part.statuses
        var counts = Array(repeating: 0, count: column.dictionary.count + 1)
        let isUnfinished = (0..<column.dictionary.count).map { Self.isUnfinished(column.dictionary[$0]) } + [false]
        for row in 0..<part.count {
            let code = column.codes[row]
            counts[code] += 1
            if isUnfinished[code], let updated = part.updateAt[row] { unfinished.append(updated) }
        }
        for (code, count) in counts.enumerated() where count > 0 {
            let word = column.text(ofCode: code).flatMap { StatusWords.known.contains($0) ? $0 : nil }
            statuses[word ?? "other", default: 0] += count
        }
    }

    private static func isUnfinished(_ status: String) -> Bool {
        status.hasPrefix("PENDING_") || status == "DELETING" || status == "UNINSTALLING"
    }
}
