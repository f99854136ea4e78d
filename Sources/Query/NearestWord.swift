/// The known word that is the fewest edits away: what a misspelt one was probably meant to be.
enum NearestWord {
    /// Letter case and `-` for `_` cost nothing. Of equally near words the first. Nil without words.
    ///
    /// Only the first 64 bytes of `word` are looked at, so that a long one costs no more.
    static func to(_ word: String, among known: [String]) -> String? {
        let bytes = word.utf8.prefix(64).map(plain)
        var best: (word: String, distance: Int)?
        for candidate in known {
            let other = candidate.utf8.map(plain)
            if let best, abs(other.count - bytes.count) >= best.distance { continue }
            let distance = distance(bytes, other)
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Insertions, deletions and replacements (Levenshtein).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }

    private static func plain(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : CaseFolding.fold(ascii: byte)
    }
}
