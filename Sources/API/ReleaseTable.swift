import Query
import ReleaseModel
import Timing

/// A page as a table for people, and below it what it does not show.
struct ReleaseTable {
    let page: ReleasePage

    /// What is shown unless `fields` or `view=full` say otherwise: what fits a line.
    private static let columns: [ReleaseField] = [
        .clusterID, .clusterName, .namespace, .name, .version, .chartName, .chartVersion, .status, .updateAt, .stale,
    ]
    /// Longer cells are cut, with an ellipsis; what says which release it is never is.
    private static let widthLimit = 60
    private static let clusterLimit = 20

    func bytes() -> [UInt8] {
        let (reading, request) = (page.reading, page.request)
        let fields = request.fields ?? (request.view == .full ? nil : Self.columns)
        var rows = RowCells(reading.snapshot, view: request.view, fields: fields)
        // The cluster's name says enough, unless ids were asked for.
        let hidesID = request.fields == nil && request.view == .basic
        let names = rows.columns.filter { !hidesID || $0 != ReleaseField.clusterID.rawValue }
        var lines = [names.map { Cell(shown: $0.uppercased(), width: $0.utf8.count) }]
        for row in page.result.rows {
            let cells = zip(rows.columns, rows.cells(of: row, isStale: reading.isStale(row.entry)) ?? [])
            lines.append(
                cells.filter { !hidesID || $0.0 != ReleaseField.clusterID.rawValue }.map { Self.cell($0.1, of: $0.0) })
        }
        var widths = [Int](repeating: 0, count: names.count)
        for line in lines {
            for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.width) }
        }
        var text = ""
        for line in lines {
            for (column, cell) in line.enumerated() {
                text += cell.shown
                // Nothing is filled up behind the last column.
                if column < line.count - 1 {
                    text += String(repeating: " ", count: widths[column] - cell.width + 3)
                }
            }
            text += "\n"
        }
        return Array((text + "\n" + notes).utf8)
    }

    // MARK: - Cells

    private struct Cell {
        let shown: String
        let width: Int
    }
    private static func cell(_ cell: RowCells.Cell, of column: String) -> Cell {
        let text =
            switch cell {
            case .null: "-"
            case .text(""): "\"\""
            case .text(let text), .literal(let text), .json(let text): text
            }
        let (shown, width) = VisibleText.line(text)
        let isIdentity = ["cluster_id", "cluster_name", "namespace", "name"].contains(column)
        guard width > widthLimit, !isIdentity else { return Cell(shown: shown, width: width) }
        var cut = ""
        var used = 0
        for scalar in shown.unicodeScalars {
            let next = TerminalWidth.of(scalar)
            if used + next >= widthLimit { break }
            cut.unicodeScalars.append(scalar)
            used += next
        }
        return Cell(shown: cut + "…", width: used + 1)
    }

    // MARK: - Notes

    /// How much of how much, and which clusters are not told of as they should be.
    private var notes: String {
        let (coverage, result) = (page.reading.coverage, page.result)
        var text =
            (result.rows.count == result.totalSize ? "" : "\(result.rows.count) of ")
            + Self.counted(result.totalSize, "release") + ".\n"
        if result.next != nil { text += Self.more }
        for warning in page.warnings { text += "Warning: \(VisibleText.line(warning.message).text).\n" }
        let (targeted, fresh) = (coverage.items.count, coverage.count(.fresh))
        if coverage.isComplete, targeted == fresh {
            return text + Self.counted(targeted, "cluster") + ", all fresh.\n"
        }
        let isMissing = coverage.items.contains { $0.state == .missing || $0.dropped > 0 }
        text += coverage.isComplete ? "" : "INCOMPLETE: releases \(isMissing ? "are" : "may be") missing above. "
        text +=
            "Of \(Self.counted(targeted, "cluster")) \(fresh) fresh, \(coverage.count(.stale)) stale, \(coverage.count(.missing)) missing, "
            + "\(coverage.count(.skipped)) skipped.\n"
        let listed = coverage.listed(page.request.coverage)
        for item in listed.prefix(Self.clusterLimit) { text += "  " + Self.line(item) + "\n" }
        if listed.count > Self.clusterLimit {
            text += "  and \(listed.count - Self.clusterLimit) more; format=json lists all of them.\n"
        }
        return text
    }
    private static let more =
        "More: the next page is in the field Link of this answer, and in next_page_token with format=json.\n"
    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    private static func line(_ item: Coverage.Item) -> String {
        var text = "\(item.state.rawValue) \(VisibleText.line(item.name).text) (\(VisibleText.line(item.id.text).text))"
        if let reason = item.reason { text += ", \(reason.rawValue)" }
        if let asOf = item.asOf, item.state != .fresh { text += ", as of \(asOf.rfc3339)" }
        if item.dropped > 0 { text += ", \(item.dropped) rows dropped" }
        return text
    }
}
