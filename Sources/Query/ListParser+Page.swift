import ReleaseModel

/// The parameters that say how much, in which order and with which members.
extension ListParser {
    static let sortKeyLimit = 4

    /// `update_at desc, name` (AIP-132).
    mutating func readOrder(_ name: String, _ value: String) {
        var keys: [SortKey] = []
        let pieces = pieces(value)
        if pieces.count > Self.sortKeyLimit {
            let fifth = pieces[Self.sortKeyLimit]
            report(name, "more than \(Self.sortKeyLimit) keys", position: fifth.position, token: fifth.text)
            return
        }
        for piece in pieces {
            let words = piece.text.split(separator: " ")
            guard let word = words.first, words.count <= 2 else {
                report(
                    name, words.isEmpty ? "a key is empty" : "more than a field and its direction",
                    position: piece.position, token: piece.text, hint: "update_at desc, name")
                continue
            }
            guard let field = QueryField.named(String(word))?.sort else {
                report(
                    name, "cannot be sorted by", position: piece.position, token: String(word),
                    hint: NearestWord.to(
                        String(word), among: QueryField.all.filter { $0.sort != nil }.map(\.name)))
                continue
            }
            guard words.count == 1 || words[1] == "asc" || words[1] == "desc" else {
                report(
                    name, "not a direction", position: piece.position, token: String(words[1]),
                    hint: NearestWord.to(String(words[1]), among: ["asc", "desc"]))
                continue
            }
            if keys.contains(where: { $0.field == field }) {
                report(name, "sorted by twice", position: piece.position, token: piece.text, hint: "name it once")
                continue
            }
            keys.append(SortKey(field, isDescending: words.count == 2 && words[1] == "desc"))
        }
        request.selection.order = keys
    }

    mutating func readPageSize(_ name: String, _ value: String) {
        let digits = value.utf8.first == UInt8(ascii: "-") ? value.utf8.dropFirst() : value.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            report(name, "not a whole number", position: 0, token: value, hint: "1 to \(ListRequest.pageSizeLimit)")
            return
        }
        if digits.allSatisfy({ $0 == UInt8(ascii: "0") }) {
            request.pageSize = ListRequest.standardPageSize
        } else if digits.count < value.utf8.count {
            report(name, "negative", position: 0, token: value, hint: "1 to \(ListRequest.pageSizeLimit)")
        } else if let size = Int(value), size <= ListRequest.pageSizeLimit {
            request.pageSize = size
        } else {
            // Also what no integer can hold.
            request.pageSize = ListRequest.pageSizeLimit
            warn("page_size_lowered", "page_size lowered to \(ListRequest.pageSizeLimit)")
        }
    }

    mutating func readExplain(_ name: String, _ value: String) {
        switch value {
        case "true": request.explains = true
        case "false": request.explains = false
        default:
            report(
                name, "not one of true, false", position: 0, token: value,
                hint: NearestWord.to(value, among: ["true", "false"]))
        }
    }

    mutating func readFields(_ name: String, _ value: String) {
        var fields: Set<ReleaseField> = [.clusterID, .namespace, .name]
        for piece in pieces(value) {
            if let field = ReleaseField(rawValue: piece.text) {
                fields.insert(field)
            } else {
                report(
                    name, piece.text.isEmpty ? "a field is empty" : "unknown field", position: piece.position,
                    token: piece.text, hint: NearestWord.to(piece.text, among: ReleaseField.allCases.map(\.rawValue)))
            }
        }
        request.fields = ReleaseField.allCases.filter(fields.contains)
    }

    /// A format's short name or its media type.
    mutating func readFormat(_ name: String, _ value: String) {
        if let format = ListRequest.Format.allCases.first(where: { $0.rawValue == value || $0.mediaType == value }) {
            request.format = format
            return
        }
        let known = ListRequest.Format.allCases.map(\.rawValue)
        report(
            name, "not one of \(known.joined(separator: ", ")), nor one of their media types", position: 0,
            token: value,
            hint: NearestWord.to(value, among: known + ListRequest.Format.allCases.map(\.mediaType)))
    }

    /// `any`, `all`, `90%` or a list of cluster ids.
    mutating func readRequirement(_ name: String, _ value: String) {
        switch value {
        case "any": request.require = .any
        case "all": request.require = .all
        case _ where value.utf8.last == UInt8(ascii: "%"): readPercentage(name, value)
        default: readClusters(name, value)
        }
    }

    // MARK: -

    private mutating func readPercentage(_ name: String, _ value: String) {
        let digits = value.utf8.dropLast()
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let percent = Int(String(decoding: digits, as: UTF8.self)), percent <= 100
        else {
            report(name, "not a percentage", position: 0, token: value, hint: "0% to 100%")
            return
        }
        request.require = .percent(percent)
    }

    private mutating func readClusters(_ name: String, _ value: String) {
        let pieces = pieces(value)
        // `al` could be an id; no cloud gives such ids, and a slip of the pen must not become a requirement.
        if pieces.count == 1, let word = NearestWord.to(value, among: ["any", "all"]),
            NearestWord.distance(Array(value.utf8), Array(word.utf8)) <= 1
        {
            report(name, "neither any, all, a percentage nor a cluster id", position: 0, token: value, hint: word)
            return
        }
        if pieces.count > Self.valueLimit {
            report(name, "more than \(Self.valueLimit) cluster ids")
            return
        }
        var ids: [ClusterID] = []
        for piece in pieces {
            if let id = ClusterID(piece.text) {
                ids.append(id)
            } else {
                report(
                    name, "not a cluster id", position: piece.position, token: piece.text,
                    hint: "any, all, 90% or a list of cluster ids")
            }
        }
        request.require = .clusters(ids)
    }

    /// What stands between commas, blanks around it left out, and where it begins.
    func pieces(_ value: String) -> [(text: String, position: Int)] {
        var position = 0
        return value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { piece in
            let text = piece.drop { $0 == UInt8(ascii: " ") }
            let trailing = text.reversed().prefix { $0 == UInt8(ascii: " ") }.count
            defer { position += piece.count + 1 }
            return (
                String(decoding: text.dropLast(trailing), as: UTF8.self), position + piece.count - text.count
            )
        }
    }
}
