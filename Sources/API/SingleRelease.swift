import Inbound
import JSON
import Query
import ReleaseModel
import Timing

/// `GET /v1/releases/{cluster_id}/{namespace}/{name}`: one row and its age.
struct SingleRelease: Sendable {
    let source: any ReleaseSource
    let time: any TimeSource
    let policy: APIPolicy

    /// On the server's thread: answers unless it must wait, or ask the cluster for what is not held.
    func answerNow(_ exchange: Exchange) throws(APIProblem) -> Step {
        let request = try parse(exchange)
        var reading = try reading(exchange, request)
        if !reading.unfresh.isEmpty {
            if wait(request) > .zero { return .later }
            if request.maxAge != nil {
                source.demand(reading.unfresh, maxAge: rule(exchange, request).maxAge, askedAt: exchange.askedAt)
                reading = try self.reading(exchange, request)
            }
        }
        guard let row = try find(exchange, reading) else { return .later }
        // Values that are still to be masked take their time.
        if request.showsHeavyFields, reading.snapshot.entries[row.entry].part?.isHeavyMade == false { return .later }
        return isWithheld(row, reading, request, exchange) ? .later : .answer(answer(exchange, request, reading, row))
    }

    /// In a task.
    func answer(_ exchange: Exchange) async throws(APIProblem) -> Answer {
        let request = try parse(exchange)
        var reading = try reading(exchange, request)
        if !reading.unfresh.isEmpty, wait(request) > .zero {
            try source.admitLiveRead()
            await source.refresh(
                reading.unfresh, maxAge: rule(exchange, request).maxAge, askedAt: exchange.askedAt,
                deadline: policy.deadline(askedAt: exchange.askedAt, wait: wait(request)))
            reading = try self.reading(exchange, request)
        }
        let row = try find(exchange, reading)
        if let row {
            // Not asked of a cluster that cannot answer.
            let isAskable = reading.snapshot.entries[row.entry].cluster.skip == nil
            guard isAskable, isWithheld(row, reading, request, exchange) else {
                return answer(exchange, request, reading, row)
            }
        }
        try source.admitLiveRead()
        let askedAt = time.wall
        let live = await source.liveRelease(
            cluster: reading.coverage.items[0].id, namespace: exchange.values[1], name: exchange.values[2],
            deadline: policy.deadline(askedAt: exchange.askedAt, wait: policy.requestTimeout))
        switch live {
        case .found(let release):
            return answer(
                exchange, request, reading.holding(release, asOf: askedAt), RowReference(entry: 0, row: 0))
        case .notFound: return try await answerAfterNotFound(exchange, request)
        case .failed:
            guard let row else { throw unknown(reading) }
            return answer(exchange, request, reading, row)  // null, and named in `withheld`
        }
    }

    /// The cloud's 404 does not say whether it knows no such release or not even the cluster. Its list does, and is
    /// asked once more: what it still has was not found for the moment only, and is answered as it is held.
    private func answerAfterNotFound(_ exchange: Exchange, _ request: ListRequest) async throws(APIProblem) -> Answer {
        let now = time.uptime
        let rule = FreshnessRule(maxAge: policy.minRefreshInterval, askedAt: now)
        var reading = try reading(exchange, rule)
        await source.refresh(
            [reading.coverage.items[0].id], maxAge: .zero, askedAt: now,
            deadline: policy.deadline(askedAt: exchange.askedAt, wait: policy.requestTimeout))
        reading = try self.reading(exchange, rule)
        if let row = held(exchange, reading) { return answer(exchange, request, reading, row) }
        guard reading.coverage.items[0].state == .fresh else { throw unknown(reading) }
        throw APIProblem(.releaseNotFound, "the cluster answered, and has no release of that name there")
    }

    // MARK: - What is read

    private func parse(_ exchange: Exchange) throws(APIProblem) -> ListRequest {
        do throws(InvalidParameters) {
            return try ListRequest(parameters: exchange.request.query)
        } catch {
            throw APIProblem(error)
        }
    }
    private func wait(_ request: ListRequest) -> Duration {
        request.wait ?? (request.maxAge == .zero ? ReleaseReader.liveWait : .zero)
    }
    private func rule(_ exchange: Exchange, _ request: ListRequest) -> FreshnessRule {
        FreshnessRule(
            maxAge: max(request.maxAge ?? policy.maxAge, policy.minRefreshInterval), askedAt: exchange.askedAt)
    }

    private func reading(_ exchange: Exchange, _ request: ListRequest) throws(APIProblem) -> ReleaseReading {
        try reading(exchange, rule(exchange, request))
    }
    private func reading(_ exchange: Exchange, _ rule: FreshnessRule) throws(APIProblem) -> ReleaseReading {
        let (snapshot, entry) = try source.knownCluster(exchange.values[0])
        // What others may exist besides has no bearing on this one.
        let coverage = Coverage(
            of: snapshot, entries: [entry], gaps: [], rule: rule, uptime: time.uptime, onMissing: .stale)
        return ReleaseReading(snapshot: snapshot, entries: [entry], coverage: coverage, clock: time.wall)
    }

    private func held(_ exchange: Exchange, _ reading: ReleaseReading) -> RowReference? {
        let entry = reading.entries[0]
        return reading.snapshot.entries[entry].part?.index(namespace: exchange.values[1], name: exchange.values[2])
            .map { RowReference(entry: entry, row: $0) }
    }

    /// The row; nil when it may be among those that the cluster sent and nobody could read, so that it is to be asked
    /// for by its name. 404 only when the cluster is fresh and all its rows could be read: only then its absence is
    /// known.
    private func find(_ exchange: Exchange, _ reading: ReleaseReading) throws(APIProblem) -> RowReference? {
        if let row = held(exchange, reading) { return row }
        let item = reading.coverage.items[0]
        guard item.state == .fresh else { throw unknown(reading) }
        if item.dropped > 0 { return nil }
        throw APIProblem(.releaseNotFound, "the cluster answered, and has no release of that name there")
    }

    private func unknown(_ reading: ReleaseReading) -> APIProblem {
        var problem = APIProblem(
            .unknownBecauseClusterMissing,
            reading.coverage.items[0].state == .fresh
                ? "the release is not among the rows held, and the cluster sent others that cannot be read"
                : "the release is not among the rows held, and those are not fresh")
        problem.coverage = reading.coverage
        problem.coverageDetail = .all
        problem.retryAfterSeconds = reading.coverage.retryAfterSeconds(now: time.wall)
        return problem
    }

    /// It is asked for and not held, and not held back from the caller either.
    private func isWithheld(
        _ row: RowReference, _ reading: ReleaseReading, _ request: ListRequest, _ exchange: Exchange
    ) -> Bool {
        let entry = reading.snapshot.entries[row.entry]
        guard request.showsHeavyFields, let part = entry.part, exchange.access.showsHeavyFields(of: row.row, in: entry)
        else { return false }
        let heavy = part.heavy[row.row]
        func asks(_ field: ReleaseField) -> Bool { request.fields?.contains(field) ?? (request.view == .full) }
        return (asks(.values) && heavy.values == .withheld) || (asks(.parameters) && heavy.parameters == .withheld)
            || (asks(.resources) && heavy.resources == .withheld)
    }

    // MARK: - The answer

    private func answer(
        _ exchange: Exchange, _ request: ListRequest, _ reading: ReleaseReading, _ row: RowReference
    ) -> Answer {
        let page = ReleasePage(
            reading: reading, request: request, result: PageResult(rows: [row], totalSize: 1, next: nil), warnings: [])
        // Of one row the text itself is hashed: a row asked live has no hash of the inventory's.
        var content = Fingerprint(capacity: 2048)
        content.add("release")
        content.add(exchange.caller.rawValue)
        content.add(reading.coverage, detail: .all)
        content.add(contentsOf: page.rowJSON(row, asOf: nil))
        let tag = EntityTag(content.bytes)
        if tag.matches(exchange.request.fields) { return .notModified(tag, coverage: reading.coverage) }
        var answer = Answer(body: page.rowJSON(row, asOf: reading.coverage.items[0].asOf))
        answer.cover(reading.coverage)
        answer.tag = tag
        return answer
    }
}

extension ClusterPart {
    /// Binary search by namespace, then name, in the order of their bytes.
    func index(namespace: String, name: String) -> Int? {
        func isBefore(_ row: ReleaseRow) -> Bool {
            row.namespace.utf8.elementsEqual(namespace.utf8)
                ? row.name.utf8.lexicographicallyPrecedes(name.utf8)
                : row.namespace.utf8.lexicographicallyPrecedes(namespace.utf8)
        }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(rows[middle]) { low = middle + 1 } else { high = middle }
        }
        guard low < rows.count, rows[low].namespace.utf8.elementsEqual(namespace.utf8),
            rows[low].name.utf8.elementsEqual(name.utf8)
        else { return nil }
        return low
    }
}

extension ReleaseReading {
    /// The same cluster with one row, just asked live: the whole row is taken, so that no two revisions mix.
    func holding(_ release: Release, asOf: Instant) -> ReleaseReading {
        let before = snapshot.entries[entries[0]]
        let part = ClusterPart(
            rows: [release], rowHashes: [0], contentHash: .zero, dropped: 0, repaired: 0)
        let entry = ClusterEntry(
            cluster: before.cluster, part: part, standing: before.standing, contentHash: .zero)
        var item = coverage.items[0]
        item.state = .fresh
        item.reason = nil
        item.asOf = asOf
        return ReleaseReading(
            snapshot: Snapshot(entries: [entry], id: .zero), entries: [0], coverage: Coverage(items: [item]),
            clock: clock)
    }
}
