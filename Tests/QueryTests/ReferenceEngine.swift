import Foundation
import GatewayTestKit
import Query
import ReleaseModel
import Timing

/// How many random cases a property test tries.
let propertyRuns = testRuns(default: 3000)

/// One row with its cluster, as the plain implementation sees it.
struct PlainRow {
    let entry: Int
    let row: Int
    let cluster: Cluster
    let release: Release
    var reference: RowReference { RowReference(entry: entry, row: row) }

    static func all(of snapshot: Snapshot, in entries: [Int]) -> [PlainRow] {
        entries.flatMap { entry in
            (snapshot.entries[entry].part?.rows ?? .none).map(\.release).enumerated().map { row, release in
                PlainRow(entry: entry, row: row, cluster: snapshot.entries[entry].cluster, release: release)
            }
        }
    }
}

/// A random question, as the client writes it and as a plain predicate and order: the parser and the engine are held to
/// these, and share no code with them.
struct PlainQuestion {
    var parameters: [(name: String, value: String)] = []
    var predicates: [(PlainRow) -> Bool] = []
    var order: [(field: String, isDescending: Bool)] = []
    let now = CannedFleet.now

    func matches(_ row: PlainRow) -> Bool { predicates.allSatisfy { $0(row) } }

    func precedes(_ left: PlainRow, _ right: PlainRow) -> Bool { compare(sortKey(left), sortKey(right)) < 0 }

    /// Comparable parts in order, identity last.
    func sortKey(_ row: PlainRow) -> [PlainValue] {
        (order.map(\.field) + ["cluster_id", "namespace", "name"]).map { PlainValue(field: $0, row) }
    }
    func compare(_ left: [PlainValue], _ right: [PlainValue]) -> Int {
        for (index, pair) in zip(left, right).enumerated() {
            let isDescending = index < order.count && order[index].isDescending
            switch pair {
            case (.null, .null): continue
            case (.null, _): return 1
            case (_, .null): return -1
            default:
                let sign = pair.0.compare(pair.1)
                if sign != 0 { return isDescending ? -sign : sign }
            }
        }
        return 0
    }
}

/// A value to sort by: lists compared part by part.
enum PlainValue: Equatable {
    case null
    case bytes([UInt8])
    case number(Int64)
    case parts([[UInt8]])

    init(field: String, _ row: PlainRow) {
        func text(_ value: String?) -> PlainValue { value.map { .bytes(Array($0.utf8)) } ?? .null }
        func time(_ value: Instant?) -> PlainValue {
            value.map { .number($0.seconds * 1_000_000_000 + Int64($0.nanoseconds)) } ?? .null
        }
        switch field {
        case "cluster_id": self = text(row.cluster.id.text)
        case "cluster_name": self = text(row.cluster.name)
        case "region": self = text(row.cluster.region)
        case "project_id": self = text(row.cluster.projectID)
        case "namespace": self = text(row.release.namespace)
        case "name": self = text(row.release.name)
        case "version": self = row.release.version.map { .number($0) } ?? .null
        case "chart_name": self = text(row.release.chartName)
        case "chart_version": self = row.release.chartVersion.map { .parts(PlainSemVer.sortParts($0)) } ?? .null
        case "chart_public": self = row.release.chartPublic.map { .number($0 ? 1 : 0) } ?? .null
        case "status": self = text(row.release.status)
        case "severity":
            let known = ["DEPLOYED": 0, "DELETED": 1, "DELETING": 2, "FAILED": 5]
            let status = row.release.status ?? ""
            self = .number(Int64(known[status] ?? (status.hasPrefix("PENDING_") ? 3 : 4)))
        case "create_at": self = time(row.release.createAt)
        default: self = time(row.release.updateAt)
        }
    }

    func compare(_ other: PlainValue) -> Int {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.bytes(let left), .bytes(let right)): PlainValue.sign(left, right)
        case (.parts(let left), .parts(let right)):
            zip(left, right).lazy.map { PlainValue.sign($0, $1) }.first { $0 != 0 }
                ?? (left.count < right.count ? -1 : left.count > right.count ? 1 : 0)
        default: 0
        }
    }
    static func sign(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}

/// Semantic versions as lists of byte strings whose order is theirs.
enum PlainSemVer {
    /// The four parts of precedence, or nil.
    static func parts(_ text: String) -> [[UInt8]]? {
        var rest = text.hasPrefix("v") ? String(text.dropFirst()) : text
        if let plus = rest.firstIndex(of: "+") {
            let build = rest[rest.index(after: plus)...].split(separator: ".", omittingEmptySubsequences: false)
            guard build.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isIdentifier) }) else { return nil }
            rest = String(rest[..<plus])
        }
        var preRelease: [Substring] = []
        if let dash = rest.firstIndex(of: "-") {
            preRelease = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
            guard preRelease.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isIdentifier) }) else { return nil }
            rest = String(rest[..<dash])
        }
        let numbers = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy({ $0.allSatisfy(isDigit) && number($0) != nil }) else {
            return nil
        }
        for part in preRelease where part.allSatisfy(isDigit) && number(part) == nil { return nil }
        // A release is higher than its pre-releases: byte 2 against 1. Numbers are lower than words, fewer than more.
        let tail =
            preRelease.isEmpty
            ? [[2]]
            : [[1]]
                + preRelease.map { part in
                    part.allSatisfy(isDigit) ? [1] + (number(part) ?? []) : [2] + Array(part.utf8)
                }
        return numbers.map { number($0) ?? [] } + tail
    }
    static func sortParts(_ text: String) -> [[UInt8]] {
        parts(text).map { [[1]] + $0 } ?? [[2], Array(text.utf8)]
    }
    static func compare(_ left: [[UInt8]], _ right: [[UInt8]]) -> Int {
        PlainValue.parts(left).compare(.parts(right))
    }
    /// The digits behind how many there are.
    private static func number(_ digits: Substring) -> [UInt8]? {
        guard !digits.isEmpty, digits.count == 1 || digits.first != "0" else { return nil }
        return [UInt8(digits.utf8.count)] + Array(digits.utf8)
    }
    private static func isDigit(_ character: Character) -> Bool { "0123456789".contains(character) }
    private static func isIdentifier(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }
}

/// Wildcards the obvious way.
func plainMatch(_ pattern: [PlainPiece], _ text: [UInt8]) -> Bool {
    var reachable: Set<Int> = [0]
    for piece in pattern {
        switch piece {
        case .any: reachable = reachable.isEmpty ? [] : Set((reachable.min() ?? 0)...text.count)
        case .text(let bytes):
            reachable = Set(reachable.filter { text[$0...].starts(with: bytes) }.map { $0 + bytes.count })
        }
    }
    return reachable.contains(text.count)
}
enum PlainPiece: Equatable {
    case any
    case text([UInt8])
}
