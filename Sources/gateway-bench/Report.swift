/// The same figure over several rounds.
struct Spread {
    let values: [Double]
    /// At least one value.
    init(_ values: [Double]) { self.values = values.sorted() }
    var median: Double { values[values.count / 2] }
    var least: Double { values[0] }
    var most: Double { values[values.count - 1] }
}

/// Answers to questions, each a ratio against something measured in the same run: a Markdown table for people, and one
/// line of JSON for each question for `Scripts/bench-check`.
struct Report {
    enum Reach {
        case atMost(Double)
        case atLeast(Double)

        var text: String {
            switch self {
            case .atMost(let bound): "≤ \(Report.rounded(bound))"
            case .atLeast(let bound): "≥ \(Report.rounded(bound))"
            }
        }
        func isMet(by value: Double) -> Bool {
            switch self {
            case .atMost(let bound): value <= bound
            case .atLeast(let bound): value >= bound
            }
        }
    }
    private var rows: [String] = []
    private var lines: [String] = []
    private(set) var isMet = true

    /// - Parameter question: short and stable, `query.firstPage.of1M`: what thresholds are kept by.
    mutating func add(_ question: String, _ title: String, against bound: String, _ ratio: Spread, reach: Reach) {
        let isReached = reach.isMet(by: ratio.median)
        isMet = isMet && isReached
        rows.append(
            "| \(title) | \(bound) | \(Self.rounded(ratio.median)) (\(Self.rounded(ratio.least)) to "
                + "\(Self.rounded(ratio.most)) in \(ratio.values.count)) | \(reach.text) | \(isReached ? "yes" : "no") |"
        )
        lines.append(Self.line(question, ratio.median, isReached))
    }
    /// For what is counted instead of measured.
    mutating func add(_ question: String, _ title: String, exactly value: Double, reach: Reach) {
        let isReached = reach.isMet(by: value)
        isMet = isMet && isReached
        rows.append("| \(title) | | \(Self.rounded(value)) | \(reach.text) | \(isReached ? "yes" : "no") |")
        lines.append(Self.line(question, value, isReached))
    }

    var text: String {
        let head = [
            "| question | measured against | ratio: median | reach | reached |", "| --- | --- | --- | --- | --- |",
        ]
        return (head + rows + lines).joined(separator: "\n")
    }

    private static func line(_ question: String, _ value: Double, _ isMet: Bool) -> String {
        #"{"question":"\#(question)","value":\#(rounded(value)),"met":\#(isMet)}"#
    }
    fileprivate static func rounded(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scaled = (value * 1000).rounded() / 1000
        return scaled == scaled.rounded() ? "\(Int(scaled))" : "\(scaled)"
    }
}
