import Inbound
import Query
import ReleaseModel
import Timing

/// `GET /v1/summary` and `GET /v1/fields/{field}/values`: how many releases have which values.
///
/// A page is cut from counts that are made anew from the token's snapshot and clock, so all pages of a walk agree.
struct CountListing: Sendable {
    let reader: ReleaseReader
    let work: LongWork

    /// On the server's thread: answers unless it must wait or count much.
    func answerNow(_ question: CountQuestion) throws(APIProblem) -> Step {
        if isSurelyLong(question) { return .later }
        guard let reading = try reader.readNow(question.list), isCheap(question, reading) else { return .later }
        return .answer(try page(question, reading))
    }

    /// In a task: waits for fresher rows as long as was asked.
    ///
    /// - Parameter place: looked into once more when its turn has come: others may have made the answer meanwhile.
    func answer(_ question: CountQuestion, at place: SharedPlace?) async throws(APIProblem) -> Answer {
        let made = { @Sendable (read: () throws(APIProblem) -> ReleaseReading) throws(APIProblem) -> Answer in
            if let shared = place?.answer { return shared }
            let answer = try page(question, try read())
            return place?.keep(answer) ?? answer
        }
        guard reader.mayWait(question.list) else {
            return try await work.run { () throws(APIProblem) in
                try made { () throws(APIProblem) in try reader.readInTurn(question.list) }
            }
        }
        let reading = try await reader.read(question.list)
        if isCheap(question, reading) { return try made { reading } }
        return try await work.run { () throws(APIProblem) in try made { reading } }
    }

    private func isSurelyLong(_ question: CountQuestion) -> Bool {
        guard let snapshot = reader.source.current else { return false }
        return question.list.request.selection.isLong(
            over: snapshot, beyond: reader.policy.rowsScannedAtOnce, isCounted: true)
    }

    private func isCheap(_ question: CountQuestion, _ reading: ReleaseReading) -> Bool {
        question.list.request.selection.rowsToCount(of: reading.snapshot, rowsFrom: reading.rowsFrom)
            <= reader.policy.rowsScannedAtOnce
    }

    private func page(_ question: CountQuestion, _ reading: ReleaseReading) throws(APIProblem) -> Answer {
        let request = question.list.request
        var counts = request.selection.counts(
            of: reading.snapshot, rowsFrom: reading.rowsFrom, now: reading.clock, by: [question.fields])[0]
        if let prefix = question.prefix { counts = counts.beginning(with: prefix) }
        let entries = counts.entries(from: question.offset, limit: request.pageSize)
        let end = question.offset + entries.count
        let body = CountPage(
            reading: reading, question: question, counts: counts, entries: entries, hasMore: end < counts.distinct,
            warnings: request.warnings + reading.warnings)

        let exchange = question.list.exchange
        let tag = body.tag(caller: exchange.caller)
        let sharing = reader.sharing(of: reading, question.list, hasNext: body.hasMore)
        if sharing == nil, tag.matches(exchange.request.fields) {
            return .notModified(tag, coverage: reading.coverage)
        }
        var nextToken: String?
        if body.hasMore { nextToken = try reader.token(after: PageKey(offset: end), of: question.list, reading) }
        var answer = Answer(body: body.json(nextToken: nextToken))
        answer.cover(reading.coverage)
        answer.tag = tag
        answer.sharing = sharing
        answer.link = nextToken.map { NextLink.value(path: question.path, query: exchange.request.query, token: $0) }
        return answer
    }
}

/// A request for counts, parsed, and its token opened.
struct CountQuestion {
    let list: ReleaseQuestion
    let fields: [CountedField]
    /// What the values of a field begin with; nil for a summary, whose items name their fields.
    let prefix: FoldedPrefix?
    /// The path of links.
    let path: String
    /// How many entries the pages before had.
    let offset: Int

    /// One of `GET /v1/summary`.
    init(summary exchange: Exchange, pages: Pages) throws(APIProblem) {
        let request: SummaryRequest
        do throws(InvalidParameters) {
            request = try SummaryRequest(parameters: exchange.request.query)
        } catch {
            throw APIProblem(error)
        }
        try self.init(
            exchange, request.list, QuestionHash(kind: "summary", [request.canonical]), pages, fields: request.fields,
            prefix: nil, path: "/v1/summary")
    }

    /// One of `GET /v1/fields/{field}/values`.
    init(valuesOf exchange: Exchange, pages: Pages) throws(APIProblem) {
        let request: FieldValuesRequest
        do throws(InvalidParameters) {
            request = try FieldValuesRequest(field: exchange.values[0], parameters: exchange.request.query)
        } catch {
            throw APIProblem(error)
        }
        try self.init(
            exchange, request.list, QuestionHash(kind: "values", [request.canonical]), pages, fields: [request.field],
            prefix: request.prefix, path: "/v1/fields/\(NextLink.encoded(request.field.text))/values")
    }

    private init(
        _ exchange: Exchange, _ request: ListRequest, _ hash: QuestionHash, _ pages: Pages, fields: [CountedField],
        prefix: FoldedPrefix?, path: String
    ) throws(APIProblem) {
        // Where a walk stands among counts means nothing among the counts of other rows.
        list = try ReleaseQuestion(exchange, request, hash: hash, isResumable: false, pages: pages)
        self.fields = fields
        self.prefix = prefix
        self.path = path
        guard let token = list.token else {
            offset = 0
            return
        }
        guard token.kind == .next, let place = token.key.offset else {
            throw APIProblem(parameter: "page_token", "is not one of this version's", code: .invalidPageToken)
        }
        offset = place
    }
}

extension PageKey {
    /// A place in a list that the token's snapshot alone decides: 4 bytes, big-endian.
    init(offset: Int) {
        self.init(bytes: stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: offset >> $0) })
    }
    /// Nil when it is the key of a row.
    var offset: Int? { bytes.count == 4 ? bytes.reduce(0) { $0 << 8 | Int($1) } : nil }
}
