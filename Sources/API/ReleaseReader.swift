import Query
import ReleaseModel
import Timing

/// What an endpoint over releases reads, and when: the newest rows, fresher ones where that was asked, or those that a
/// page token names.
struct ReleaseReader: Sendable {
    let source: any ReleaseSource
    let time: any TimeSource
    let policy: APIPolicy
    let pages: Pages

    /// On the server's thread. Nil: it must wait, so `read` is to be asked in a task.
    func readNow(_ question: ReleaseQuestion) throws(APIProblem) -> ReleaseReading? {
        if let token = question.token, token.kind == .next { return try held(token, question) }
        if question.request.chartID != nil {
            try source.admitLiveRead()
            return nil
        }
        var reading = try newest(question, source.current)
        if question.token == nil, !reading.unfresh.isEmpty {
            if wait(question) > .zero {
                try source.admitLiveRead()
                return nil
            }
            reading = try demandingFresher(question, reading)
        }
        return try checked(reading, question)
    }

    /// In a task: waits for fresher rows as long as was asked.
    func read(_ question: ReleaseQuestion) async throws(APIProblem) -> ReleaseReading {
        if let token = question.token, token.kind == .next { return try held(token, question) }
        if let chartID = question.request.chartID {
            return try checked(try reading(question, try await chartSnapshot(chartID, question)), question)
        }
        var reading = try newest(question, source.current)
        if question.token == nil, !reading.unfresh.isEmpty {
            if wait(question) > .zero {
                await source.refresh(
                    reading.unfresh, maxAge: maxAge(question), askedAt: question.exchange.askedAt,
                    deadline: policy.deadline(askedAt: question.exchange.askedAt, wait: wait(question)))
                reading = try newest(question, source.current)
            } else {
                reading = try demandingFresher(question, reading)
            }
        }
        return try checked(reading, question)
    }

    /// It may have to be read in a task, when calls to the cloud have ended.
    func mayWait(_ question: ReleaseQuestion) -> Bool {
        question.request.chartID != nil || (question.token == nil && wait(question) > .zero)
    }

    /// For a question that may not wait, when its turn among long work has come: what is the newest by then, so that
    /// whoever waits for the same can have its answer.
    func readInTurn(_ question: ReleaseQuestion) throws(APIProblem) -> ReleaseReading {
        let now = time.uptime
        guard var reading = try readNow(question) else {
            throw APIProblem(.internal, "a question that waits for nothing did")
        }
        if question.token == nil, question.request.maxAge == nil { reading.readAt = now }
        return reading
    }

    /// What is there, or was there on page 1: waits for nothing, asks no cluster, and requires nothing.
    func readHeld(_ question: ReleaseQuestion) throws(APIProblem) -> ReleaseReading {
        if let token = question.token, token.kind == .next { return try held(token, question) }
        return try newest(question, source.current)
    }

    /// The token of the page behind `key`; pins what it names.
    func token(
        after key: PageKey, of question: ReleaseQuestion, _ reading: ReleaseReading
    ) throws(APIProblem) -> String {
        let now = time.uptime
        let deadline = now + pages.lifetime
        pages.pins.pin(reading.snapshot, until: deadline, newest: source.current, now: now)
        let coverage = pages.pins.pin(
            reading.coverage, entries: reading.entries, of: reading.snapshot.id, until: deadline)
        return try pages.sealed(
            PageToken(
                kind: .next, snapshot: reading.snapshot.id, coverage: coverage, question: question.hash,
                caller: question.exchange.caller, clock: reading.clock, expires: time.wall + pages.lifetime,
                leavesRowsOut: reading.leavesRowsOut, key: key))
    }

    /// Whether what is read says the same to others who ask the same; nil when it does not.
    ///
    /// Not where it hangs on the clock of this request, where asking has an effect (calls are pulled forward), or where
    /// the rows are a chart's own.
    ///
    /// - Parameter hasNext: the answer holds a page token, whose time runs from when it was made.
    func sharing(of reading: ReleaseReading, _ question: ReleaseQuestion, hasNext: Bool) -> Sharing? {
        let now = time.uptime
        let readAt = reading.readAt ?? question.exchange.askedAt
        guard question.request.chartID == nil else { return nil }
        var until: Duration = .seconds(86_400) + now
        if let token = question.token {
            guard token.kind == .next else { return nil }
            // Page 1's clock and coverage, whenever it is asked, until the token expires.
            until = now + (token.expires - time.wall) - .nanoseconds(1)
        } else {
            guard !question.request.selection.filter.hangsOnClock else { return nil }
            let isPlain = question.request.maxAge == nil && wait(question) == .zero
            guard isPlain || reading.unfresh.isEmpty else { return nil }
            for (entry, item) in zip(reading.entries, reading.coverage.items) where item.state == .fresh {
                guard let success = reading.snapshot.entries[entry].standing.lastSuccess else { return nil }
                until = min(until, success.sentUptime + maxAge(question))
            }
        }
        if hasNext { until = min(until, now + pages.lifetime / 10) }
        return until < now ? nil : Sharing(snapshot: reading.snapshot, until: until, readAt: readAt)
    }

    // MARK: - What is read

    /// What page 1 reads must be enough for an answer; later pages repeat page 1's coverage.
    private func checked(
        _ reading: ReleaseReading, _ question: ReleaseQuestion
    ) throws(APIProblem) -> ReleaseReading {
        try reading.check(question.request, now: time.wall)
        return reading
    }

    /// The newest rows and how they stand now.
    private func newest(_ question: ReleaseQuestion, _ snapshot: Snapshot?) throws(APIProblem) -> ReleaseReading {
        if let token = question.token, time.wall >= token.expires {
            throw try expired(token, "has expired", question)
        }
        return try reading(question, snapshot.knowingClusters(source))
    }

    private func reading(_ question: ReleaseQuestion, _ snapshot: Snapshot) throws(APIProblem) -> ReleaseReading {
        let targets = question.request.selection.targets(in: snapshot)
        if targets.isNothingKnown { throw APIProblem(targets) }
        let coverage = Coverage(
            of: snapshot, entries: targets.entries, gaps: targets.gaps, rule: rule(question), uptime: time.uptime,
            onMissing: question.request.onMissing)
        return ReleaseReading(
            snapshot: snapshot, entries: targets.entries, coverage: coverage,
            clock: question.token?.clock ?? time.wall, namesUnknown: !targets.unknown.isEmpty)
    }

    /// What page 1 read. When another replica answered page 1, or its coverage was let go, the same rows are labelled
    /// anew; that cannot be done when some of them had been left out.
    private func held(_ token: PageToken, _ question: ReleaseQuestion) throws(APIProblem) -> ReleaseReading {
        let now = time.wall
        guard now < token.expires else { throw try expired(token, "has expired", question) }
        let newest = question.request.chartID == nil ? source.current : nil
        let same = newest.flatMap { $0.id == token.snapshot ? $0 : nil }
        guard let snapshot = same ?? pages.pins.snapshot(token.snapshot) else {
            throw try expired(token, "names rows that are no longer held", question)
        }
        let targets = question.request.selection.targets(in: snapshot)
        let entries = targets.entries
        if let coverage = pages.pins.coverage(token.coverage), coverage.items.count == entries.count {
            return ReleaseReading(snapshot: snapshot, entries: entries, coverage: coverage, clock: token.clock)
        }
        guard !token.leavesRowsOut else {
            throw try expired(token, "names a coverage that is no longer held", question)
        }
        let coverage = Coverage(
            of: same ?? snapshot.standing(asIn: newest), entries: entries, gaps: targets.gaps, rule: rule(question),
            uptime: time.uptime, onMissing: .stale)
        return ReleaseReading(snapshot: snapshot, entries: entries, coverage: coverage, clock: token.clock)
    }

    /// The rows of a chart: a fan-out of its own, so it is waited for unless `wait` says otherwise.
    private func chartSnapshot(_ chartID: String, _ question: ReleaseQuestion) async throws(APIProblem) -> Snapshot {
        let clusters = try newest(question, source.current)
        let askable = clusters.entries.lazy.map { clusters.snapshot.entries[$0].cluster }.filter { $0.skip == nil }
        let wait = question.request.wait ?? Self.liveWait
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

    /// 410; where a walk can go on in another snapshot, with the token that does.
    private func expired(
        _ token: PageToken, _ detail: String, _ question: ReleaseQuestion
    ) throws(APIProblem) -> APIProblem {
        guard question.isResumable else {
            return APIProblem(parameter: "page_token", detail, code: .pageTokenExpired)
        }
        return try pages.expired(token, detail, now: time.wall)
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
}

extension Snapshot {
    /// The same rows with what is known by now of the calls to their clusters: what failed since then speaks against
    /// them too, and rows that came again as they were are as new as that. Clusters that are gone stand as they did.
    fileprivate func standing(asIn newest: Snapshot?) -> Snapshot {
        guard let newest else { return self }
        let entries = entries.map { entry in
            guard let index = newest.index(of: entry.clusterID) else { return entry }
            var standing = newest.entries[index].standing
            if newest.entries[index].part !== entry.part { standing.lastSuccess = entry.standing.lastSuccess }
            return ClusterEntry(
                cluster: entry.cluster, part: entry.part, standing: standing, contentHash: entry.contentHash)
        }
        return Snapshot(entries: entries, id: id, gaps: gaps)
    }
}

extension Snapshot? {
    /// The snapshot of that source, once the clusters are known and there are any.
    func knowingClusters(_ source: any ReleaseSource) throws(APIProblem) -> Snapshot {
        guard let snapshot = self else {
            var problem = APIProblem(.starting, "ask again in a moment")
            problem.warnings = source.gaps.map(\.warning)
            throw problem
        }
        guard !snapshot.entries.isEmpty else {
            // That there are none is only known where no source is silent.
            let isBlind = snapshot.gaps.contains(where: \.isBlind)
            var problem =
                isBlind
                ? APIProblem(.noData, "no cluster is known yet; see warnings")
                : APIProblem(.noClusters, "configure clusters, or a discovery that finds some")
            problem.warnings = snapshot.gaps.map(\.warning)
            if isBlind { problem.retryAfterSeconds = 5 }
            throw problem
        }
        return snapshot
    }
}

extension APIProblem {
    /// None of the clusters asked for is among the targets.
    init(_ targets: Targets) {
        self.init(unknownClusters: "none of the clusters asked for is known", gaps: targets.gaps)
    }
}
