import Inbound
import JSON
import Query
import ReleaseModel
import Timing

/// `GET /releases`: the merged page.
struct ReleaseListing: Sendable {
    let reader: ReleaseReader
    let work: LongWork

    /// On the server's thread: answers unless it must wait or scan much.
    func answerNow(_ exchange: Exchange) throws(APIProblem) -> Step {
        let question = try ReleaseQuestion(exchange, pages: reader.pages)
        let format = try question.format()
        if format.isWholeSet { try exchange.access.require(.export, for: "a whole set") }
        if question.request.explains { return .answer(try explanation(question)) }
        if !format.isWholeSet, isSurelyLong(question) { return .later }
        guard let reading = try reader.readNow(question) else { return .later }
        if format.isWholeSet { return .answer(try export(question, reading, format)) }
        return isCheap(question, reading, format) ? .answer(try page(question, reading, format)) : .later
    }

    /// In a task: waits for fresher rows as long as was asked.
    ///
    /// - Parameter place: looked into once more when its turn has come: others may have made the answer meanwhile.
    func answer(_ exchange: Exchange, at place: SharedPlace?) async throws(APIProblem) -> Answer {
        let question = try ReleaseQuestion(exchange, pages: reader.pages)
        let format = try question.format()
        if format.isWholeSet { try exchange.access.require(.export, for: "a whole set") }
        let made = { @Sendable (read: () throws(APIProblem) -> ReleaseReading) throws(APIProblem) -> Answer in
            if let shared = place?.answer { return shared }
            let answer = try page(question, try read(), format)
            return place?.keep(answer) ?? answer
        }
        // How a thousand clusters stand is long work too.
        guard reader.mayWait(question) else {
            return try await work.run { () throws(APIProblem) in
                try made { () throws(APIProblem) in try reader.readInTurn(question) }
            }
        }
        let reading = try await reader.read(question)
        if format.isWholeSet { return try export(question, reading, format) }
        // Readers that waited for one refresh come here at once: a thousand short pages are no reason to refuse any.
        if isCheap(question, reading, format) { return try made { reading } }
        return try await work.run { () throws(APIProblem) in try made { reading } }
    }

    /// Without a look at how clusters stand: others wait for this thread meanwhile.
    private func isSurelyLong(_ question: ReleaseQuestion) -> Bool {
        guard question.request.chartID == nil, let snapshot = reader.source.current else { return false }
        return question.request.selection.isLong(
            over: snapshot, beyond: reader.policy.rowsScannedAtOnce, isCounted: !question.request.facets.isEmpty)
    }

    /// Rows of some 450 bytes whose page may be compressed, or made a table, on the server's thread.
    private static let rowsReworkedAtOnce = 75

    private func isCheap(
        _ question: ReleaseQuestion, _ reading: ReleaseReading, _ format: ListRequest.Format
    ) -> Bool {
        let isReworked = format == .text || question.exchange.encoding.preferred != nil
        if isReworked, question.request.pageSize > Self.rowsReworkedAtOnce { return false }
        // Heavy fields are decompressed row by row.
        if question.request.showsHeavyFields { return false }
        let (selection, entries) = (question.request.selection, reading.rowsFrom)
        let bound = reader.policy.rowsScannedAtOnce
        var rows = selection.rowsToScan(of: reading.snapshot, rowsFrom: entries, upTo: bound)
        if !question.request.facets.isEmpty { rows += selection.rowsToCount(of: reading.snapshot, rowsFrom: entries) }
        return rows <= bound
    }

    // MARK: - The page

    /// Waits for nothing, asks no cluster, and holds nothing back for what `require` or `on_missing` want of a page.
    private func explanation(_ question: ReleaseQuestion) throws(APIProblem) -> Answer {
        let reading = try reader.readHeld(question)
        let asksCloud = question.request.chartID != nil
        let explanation = ReleaseExplanation(
            reading: reading, request: question.request,
            estimate: asksCloud
                ? nil
                : question.request.selection.estimate(
                    of: reading.snapshot, rowsFrom: reading.rowsFrom, isCounted: !question.request.facets.isEmpty),
            leavesReadersThread: asksCloud || !isCheap(question, reading, .json),
            warnings: question.request.warnings + question.warnings + reading.warnings)
        let tag = explanation.tag(question: question.hash, caller: question.exchange.caller)
        if tag.matches(question.exchange.request.fields) { return .notModified(tag, coverage: reading.coverage) }
        var answer = Answer(body: explanation.json())
        answer.cover(reading.coverage)
        answer.tag = tag
        return answer
    }

    private func page(
        _ question: ReleaseQuestion, _ reading: ReleaseReading, _ format: ListRequest.Format
    ) throws(APIProblem) -> Answer {
        let request = question.request
        let result = request.selection.page(
            of: reading.snapshot, rowsFrom: reading.rowsFrom, now: reading.clock, after: question.token?.key,
            limit: request.pageSize)
        let body = ReleasePage(
            reading: reading, request: request, result: result, facets: FacetBlock(request, reading),
            warnings: request.warnings + question.warnings + reading.warnings)

        let tag = body.tag(question: question.hash, caller: question.exchange.caller, format: format)
        let sharing = reader.sharing(of: reading, question, hasNext: result.next != nil)
        if sharing == nil, tag.matches(question.exchange.request.fields) {
            return .notModified(tag, coverage: reading.coverage)
        }
        var nextToken: String?
        if let key = result.next { nextToken = try reader.token(after: key, of: question, reading) }
        var answer = Answer(
            mediaType: format.contentType,
            body: format == .text ? ReleaseTable(page: body).bytes() : body.json(nextToken: nextToken))
        answer.cover(reading.coverage)
        answer.tag = tag
        answer.sharing = sharing
        answer.link = nextToken.map { token in
            // Facets count all pages: who has them need not have them counted again.
            let query = question.exchange.request.query.filter { $0.name != ListParameter.facets.rawValue }
            return NextLink.value(path: question.path, query: query, token: token)
        }
        return answer
    }
}
