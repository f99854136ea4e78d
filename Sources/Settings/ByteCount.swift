/// Sizes as people write them: `512`, `64KiB`, `32MiB`, `1GiB`, `10MB`.
package enum ByteCount {
    private static let units = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("KB", 1000), ("B", 1),
    ]

    /// Decimal digits and a unit, without sign, blank or fraction; nil also for what does not fit.
    package static func bytes(of text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.0) }
        let digits = text.dropLast(unit?.0.count ?? 0)
        guard (1...19).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(digits)
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit?.1 ?? 1)
        return overflow ? nil : product
    }

    /// In the largest binary unit that leaves a whole number.
    package static func text(_ count: Int) -> String {
        let unit = count == 0 ? nil : units.prefix(4).first { count % $0.1 == 0 }
        return unit.map { "\(count / $0.1)\($0.0)" } ?? "\(count)"
    }
}
