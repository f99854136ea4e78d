import Inbound
import JSON
import Query
import ReleaseModel
import Timing

/// `GET /releases`: the merged page.
struct ReleaseListing: Sendable {
    let source: any ReleaseSource
    let time: any TimeSource
    let policy: APIPolicy
    let pages: Pages

    /// On the server's thread: answers unless it must wait or scan much.
    func answerNow(_ exchange: Exchange) throws(APIProblem) -> Step {
        let question = try ReleaseQuestion(exchange, pages: pages)
        if let token = question.token, token.kind == .next {
            let reading = try held(token, question)
            return isCheap(question, reading) ? .answer(try page(question, reading)) : .later
        }
        if question.request.chartID != nil { return .later }
        var reading = try newest(question, source.current)
        if question.token == nil, !reading.unfresh.isEmpty {
            if wait(question) > .zero { return .later }
            reading = try demandingFresher(question, reading)
        }
        return isCheap(question, reading) ? .answer(try page(question, reading)) : .later
    }

    /// In a task: waits for fresher rows as long as was asked.
    func answer(_ exchange: Exchange) async throws(APIProblem) -> Answer {
        let question = try ReleaseQuestion(exchange, pages: pages)
        if let token = question.token, token.kind == .next { return try page(question, try held(token, question)) }
        if let chartID = question.request.chartID {
            let snapshot = try await chartSnapshot(chartID, question)
            return try page(question, try reading(question, snapshot))
        }
        var reading = try newest(question, source.current)
        if question.token == nil, !reading.unfresh.isEmpty {
            if wait(question) > .zero {
                await source.refresh(
                    reading.unfresh, maxAge: maxAge(question), askedAt: exchange.askedAt,
                    deadline: policy.deadline(askedAt: exchange.askedAt, wait: wait(question)))
                reading = try newest(question, source.current)
            } else {
                reading = try demandingFresher(question, reading)
            }
        }
        return try page(question, reading)
    }

    // MARK: - What is read

    /// The newest rows and how they stand now.
    private func newest(_ question: ReleaseQuestion, _ snapshot: Snapshot?) throws(APIProblem) -> ReleaseReading {
        if let token = question.token, time.wall >= token.expires {
            throw try pages.expired(token, "has expired", now: time.wall)
        }
        return try reading(question, snapshot.knowingClusters())
    }

    private func reading(_ question: ReleaseQuestion, _ snapshot: Snapshot) throws(APIProblem) -> ReleaseReading {
        let targets = question.request.selection.targets(in: snapshot)
        if targets.isNothingKnown { throw APIProblem(.clusterNotFound, "none of the clusters asked for is known") }
        let coverage = Coverage(
            of: snapshot, entries: targets.entries, rule: rule(question), uptime: time.uptime,
            onMissing: question.request.onMissing)
        return ReleaseReading(
            snapshot: snapshot, entries: targets.entries, coverage: coverage,
            clock: question.token?.clock ?? time.wall, namesUnknown: !targets.unknown.isEmpty)
    }

    /// What page 1 read. When another replica answered page 1, or its coverage was let go, the same rows are labelled
    /// anew; that cannot be done when some of them had been left out.
    private func held(_ token: PageToken, _ question: ReleaseQuestion) throws(APIProblem) -> ReleaseReading {
        let now = time.wall
        guard now < token.expires else { throw try pages.expired(token, "has expired", now: now) }
        let newest = question.request.chartID == nil ? source.current : nil
        let same = newest.flatMap { $0.id == token.snapshot ? $0 : nil }
        guard let snapshot = same ?? pages.pins.snapshot(token.snapshot) else {
            throw try pages.expired(token, "names rows that are no longer held", now: now)
        }
        let entries = question.request.selection.targets(in: snapshot).entries
        if let coverage = pages.pins.coverage(token.coverage), coverage.items.count == entries.count {
            return ReleaseReading(snapshot: snapshot, entries: entries, coverage: coverage, clock: token.clock)
        }
        guard !token.leavesRowsOut else {
            throw try pages.expired(token, "names a coverage that is no longer held", now: now)
        }
        let coverage = Coverage(
            of: snapshot, entries: entries, rule: rule(question), uptime: time.uptime, onMissing: .stale)
        return ReleaseReading(snapshot: snapshot, entries: entries, coverage: coverage, clock: token.clock)
    }

    /// The rows of a chart: a fan-out of its own, so it is waited for unless `wait` says otherwise.
    private func chartSnapshot(_ chartID: String, _ question: ReleaseQuestion) async throws(APIProblem) -> Snapshot {
        let clusters = try newest(question, source.current)
        let askable = clusters.entries.lazy.map { clusters.snapshot.entries[$0].cluster }.filter { $0.skip == nil }
        let wait = question.request.wait ?? ReleaseListing.liveWait
        do throws(ChartFanOutBusy) {
            return try await source.snapshot(
                chartID: chartID, clusters: askable.map(\.id), maxAge: maxAge(question),
                askedAt: question.exchange.askedAt,
                deadline: policy.deadline(askedAt: question.exchange.askedAt, wait: wait))
        } catch {
            var problem = APIProblem(.overloaded, "as many chart ids as can be are being asked for already")
            problem.retryAfterSeconds = 5
            throw problem
        }
    }

    /// Only a reader who says `max_age` pulls calls forward: the background loop alone keeps the configured age, so a
    /// thousand dashboards cannot turn its lag into more calls.
    private func demandingFresher(
        _ question: ReleaseQuestion, _ reading: ReleaseReading
    ) throws(APIProblem) -> ReleaseReading {
        guard question.request.maxAge != nil else { return reading }
        source.demand(reading.unfresh, maxAge: maxAge(question), askedAt: question.exchange.askedAt)
        return try newest(question, source.current)
    }

    // MARK: - Figures

    /// How long `max_age=0` and `chart_id` wait when the request does not say.
    static let liveWait: Duration = .seconds(5)

    private func maxAge(_ question: ReleaseQuestion) -> Duration {
        max(question.request.maxAge ?? policy.maxAge, policy.minRefreshInterval)
    }
    private func wait(_ question: ReleaseQuestion) -> Duration {
        question.request.wait ?? (question.request.maxAge == .zero ? Self.liveWait : .zero)
    }
    private func rule(_ question: ReleaseQuestion) -> FreshnessRule {
        FreshnessRule(maxAge: maxAge(question), askedAt: question.exchange.askedAt)
    }
    private func isCheap(_ question: ReleaseQuestion, _ reading: ReleaseReading) -> Bool {
        // Heavy fields are decompressed row by row.
        if question.request.showsHeavyFields { return false }
        return question.request.selection.rowsToScan(of: reading.snapshot, rowsFrom: reading.rowsFrom)
            <= policy.rowsScannedAtOnce
    }

    // MARK: - The page

    private func page(_ question: ReleaseQuestion, _ reading: ReleaseReading) throws(APIProblem) -> Answer {
        let request = question.request
        if question.token?.kind != .next { try reading.check(request, now: time.wall) }
        let result = request.selection.page(
            of: reading.snapshot, rowsFrom: reading.rowsFrom, now: reading.clock, after: question.token?.key,
            limit: request.pageSize)
        let body = ReleasePage(
            reading: reading, request: request, result: result,
            warnings: request.warnings + question.warnings + reading.warnings)

        let tag = body.tag(question: question.hash, caller: question.exchange.caller)
        if tag.matches(question.exchange.request.fields) { return .notModified(tag, coverage: reading.coverage) }

        var nextToken: String?
        if let key = result.next { nextToken = try pages.sealed(next(key, question, reading)) }
        var answer = Answer(body: body.json(nextToken: nextToken))
        answer.coverage = reading.coverage
        answer.tag = tag
        answer.link = nextToken.map { token in
            NextLink.value(path: question.path, query: question.exchange.request.query, token: token)
        }
        return answer
    }

    /// The token of the page behind `key`; pins what it names.
    private func next(_ key: PageKey, _ question: ReleaseQuestion, _ reading: ReleaseReading) -> PageToken {
        let now = time.uptime
        let deadline = now + pages.lifetime
        pages.pins.pin(reading.snapshot, until: deadline, newest: source.current, now: now)
        let coverage = pages.pins.pin(
            reading.coverage, entries: reading.entries, of: reading.snapshot.id, until: deadline)
        return PageToken(
            kind: .next, snapshot: reading.snapshot.id, coverage: coverage, question: question.hash,
            caller: question.exchange.caller, clock: reading.clock, expires: time.wall + pages.lifetime,
            leavesRowsOut: reading.leavesRowsOut, key: key)
    }
}

/// A request for a page, parsed, and its token opened.
struct ReleaseQuestion {
    let exchange: Exchange
    let request: ListRequest
    /// What a walk over pages is bound to. `max_age`, `wait`, `require` and `on_missing` act on page 1 only, and how a
    /// page looks may change from one to the next.
    let hash: QuestionHash
    let token: PageToken?

    init(_ exchange: Exchange, pages: Pages) throws(APIProblem) {
        self.exchange = exchange
        do throws(InvalidParameters) {
            request = try ListRequest(parameters: exchange.request.query)
        } catch {
            throw APIProblem(error)
        }
        hash = QuestionHash(kind: "releases", [request.canonical])
        token =
            if let text = request.pageToken {
                try pages.token(text, question: hash, caller: exchange.caller)
            } else { nil }
        if let token, !request.selection.accepts(token.key) {
            throw APIProblem(parameter: "page_token", "is not one of this version's", code: .invalidPageToken)
        }
    }

    var warnings: [ListRequest.Warning] {
        guard token?.kind == .resume else { return [] }
        return [
            ListRequest.Warning(
                code: "snapshot_changed",
                message: "releases changed since the page before; some may repeat or be passed over")
        ]
    }
    /// The path of links: the one asked.
    var path: String { exchange.request.path.count == 1 ? "/releases" : "/v1/releases" }
}

extension Snapshot? {
    /// The snapshot, once the clusters are known and there are any.
    func knowingClusters() throws(APIProblem) -> Snapshot {
        guard let snapshot = self else { throw APIProblem(.starting, "ask again in a moment") }
        guard !snapshot.entries.isEmpty else {
            throw APIProblem(.noClusters, "configure clusters, or a discovery that finds some")
        }
        return snapshot
    }
}
