import Inbound
import Query

extension ReleaseQuestion {
    /// `format` decides, else `Accept`: of the types it wants most the first of `preference`.
    func format() throws(APIProblem) -> ListRequest.Format {
        let format = if let asked = request.format { asked } else { try accepted() }
        if request.explains, format != .json {
            throw APIProblem(.notAcceptable, "an explanation is application/json")
        }
        if !request.facets.isEmpty, format == .csv || format == .text {
            throw APIProblem(
                parameter: "facets", "\(format.mediaType) has no place for them", hint: "format=json or format=ndjson")
        }
        guard format.isWholeSet else { return format }
        for name in ["page_size", "page_token"] where exchange.request.query.contains(where: { $0.name == name }) {
            throw APIProblem(
                parameter: name, "\(format.mediaType) is the whole set, not a page", hint: "leave \(name) out")
        }
        if format == .csv, !exchange.request.isHTTP11 {
            throw APIProblem(
                .notAcceptable, "text/csv needs HTTP/1.1: over 1.0 one cut short could not be told from a whole one")
        }
        return format
    }

    /// JSON for who takes anything; a page rather than the whole set for who says no more than `text/*`.
    private static let preference: [ListRequest.Format] = [.json, .ndjson, .text, .csv]

    private func accepted() throws(APIProblem) -> ListRequest.Format {
        let ranges = MediaRange.ranges(exchange.request.fields)
        // Almost everybody.
        if ranges.allSatisfy({ $0.type == "*" && $0.subtype == "*" && $0.weight > 0 }) { return .json }
        var best: (format: ListRequest.Format, weight: Int)?
        for format in Self.preference {
            let names = format.mediaType.split(separator: "/")
            let weight = MediaRange.weight(ranges, type: String(names[0]), subtype: String(names[1]))
            if weight > best?.weight ?? 0 { best = (format, weight) }
        }
        guard let best else {
            let known = Self.preference.map(\.mediaType).joined(separator: ", ")
            throw APIProblem(.notAcceptable, "releases come as \(known)")
        }
        return best.format
    }
}

extension ListRequest.Format {
    /// As it stands in the answer.
    var contentType: StaticString {
        switch self {
        case .json: "application/json"
        case .text: "text/plain; charset=utf-8"
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }
}
