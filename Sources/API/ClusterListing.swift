import Inbound
import JSON
import Query
import ReleaseModel
import Settings
import Timing

/// `GET /v1/clusters` and `/v1/clusters/{cluster_id}`: how each cluster stands.
///
/// A page shows the clusters as they are when it is asked, not as they were on page 1: this is where one looks what is
/// wrong now. Ids never change and are the order, so a walk meets every cluster that is there all the time once.
struct ClusterListing: Sendable {
    let source: any ReleaseSource
    let time: any TimeSource
    let policy: APIPolicy
    let pages: Pages

    func list(_ exchange: Exchange) throws(APIProblem) -> Answer {
        let states = try Self.states(exchange.request.query)
        let request = try parse(exchange.request.query.filter { $0.name != "state" })
        let question = QuestionHash(
            kind: "clusters", [request.selection.canonical] + states.map(\.rawValue).sorted())
        let token = try request.pageToken.map { text throws(APIProblem) in
            try pages.token(text, question: question, caller: exchange.caller)
        }
        if let token, time.wall >= token.expires { throw try pages.expired(token, "has expired", now: time.wall) }

        let reading = try reading(exchange, request)
        // An empty list would say that there is none.
        if reading.entries.isEmpty, reading.coverage.isBlind {
            throw APIProblem(unknownClusters: "no cluster that was asked for is known", gaps: reading.coverage.gaps)
        }
        let matching = reading.coverage.items.indices.filter { states.contains(reading.coverage.items[$0].state) }
        let remaining = matching.drop { index in
            token.map { !$0.key.bytes.lexicographicallyPrecedes(reading.coverage.items[index].id.text.utf8) } ?? false
        }
        let shown = remaining.prefix(request.pageSize)
        let details = details(of: reading, at: Array(shown), exchange.access)

        var content = Fingerprint()
        content.add(contentsOf: question.bytes)
        content.add(exchange.caller.rawValue)
        content.add(matching.count)
        content.add(shown.count < remaining.count)
        content.add(reading.coverage, detail: .none)
        for each in details { content.add(each) }
        let tag = EntityTag(content.bytes)
        if tag.matches(exchange.request.fields) { return .notModified(tag, coverage: reading.coverage) }

        var nextToken: String?
        if shown.count < remaining.count, let last = details.last {
            nextToken = try pages.sealed(
                PageToken(
                    kind: .next, snapshot: reading.snapshot.id, coverage: .none, question: question,
                    caller: exchange.caller, clock: reading.clock, expires: time.wall + pages.lifetime,
                    leavesRowsOut: false, key: PageKey(bytes: Array(last.item.id.text.utf8))))
        }
        var writer = JSONWriter(capacity: 1024 + details.count * 512)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for each in details { writer.cluster(each) }
        writer.endArray()
        writer.member("next_page_token", nextToken)
        writer.member("total_size", matching.count)
        writer.key("snapshot")
        writer.snapshot(reading.snapshot, coverage: reading.coverage)
        writer.key("coverage")
        writer.coverage(reading.coverage, detail: .none)
        writer.key("warnings")
        writer.warnings(request.warnings + reading.warnings)
        writer.endObject()
        var answer = Answer(body: writer.bytes)
        answer.cover(reading.coverage)
        answer.tag = tag
        answer.link = nextToken.map { token in
            NextLink.value(path: "/v1/clusters", query: exchange.request.query, token: token)
        }
        return answer
    }

    func one(_ exchange: Exchange) throws(APIProblem) -> Answer {
        let request = try parse(exchange.request.query)
        let (snapshot, entry) = try source.knownCluster(exchange.values[0])
        let reading = reading(exchange, request, snapshot, Targets(entries: [entry], isNothingKnown: false))
        guard let details = details(of: reading, at: [0], exchange.access).first else {
            throw APIProblem(.clusterNotFound, "no cluster of that id is known")
        }
        var content = Fingerprint()
        content.add("cluster")
        content.add(exchange.caller.rawValue)
        content.add(details)
        let tag = EntityTag(content.bytes)
        if tag.matches(exchange.request.fields) { return .notModified(tag, coverage: reading.coverage) }
        var writer = JSONWriter(capacity: 1024)
        writer.cluster(details)
        var answer = Answer(body: writer.bytes)
        answer.cover(reading.coverage)
        answer.tag = tag
        return answer
    }

    // MARK: - What is read

    private func details(of reading: ReleaseReading, at places: [Int], _ access: Access) -> [ClusterDetails] {
        let throttling = source.throttling(of: places.map { reading.snapshot.entries[reading.entries[$0]].cluster })
        return zip(places, throttling).map {
            ClusterDetails(
                reading, at: $0, throttling: $1,
                clockOffset: source.clockOffset(of: reading.snapshot.entries[reading.entries[$0]].cluster),
                uptime: time.uptime, access: access)
        }
    }

    private func parse(_ query: [(name: String, value: String)]) throws(APIProblem) -> ListRequest {
        do throws(InvalidParameters) { return try ListRequest(parameters: query) } catch { throw APIProblem(error) }
    }

    private func reading(_ exchange: Exchange, _ request: ListRequest) throws(APIProblem) -> ReleaseReading {
        let snapshot = try source.current.knowingClusters(source)
        let targets = request.selection.targets(in: snapshot)
        if targets.isNothingKnown { throw APIProblem(targets) }
        return reading(exchange, request, snapshot, targets)
    }
    private func reading(
        _ exchange: Exchange, _ request: ListRequest, _ snapshot: Snapshot, _ targets: Targets
    ) -> ReleaseReading {
        let rule = FreshnessRule(
            maxAge: max(request.maxAge ?? policy.maxAge, policy.minRefreshInterval), askedAt: exchange.askedAt)
        let coverage = Coverage(
            of: snapshot, entries: targets.entries, gaps: targets.gaps, rule: rule, uptime: time.uptime,
            onMissing: .stale)
        return ReleaseReading(snapshot: snapshot, entries: targets.entries, coverage: coverage, clock: time.wall)
    }

    /// `state=stale,missing`: any of these; all without it.
    private static func states(
        _ query: [(name: String, value: String)]
    ) throws(APIProblem) -> Set<Coverage.State> {
        let given = query.filter { $0.name == "state" }
        guard let value = given.first?.value else { return Set(Coverage.State.allCases) }
        if given.count > 1 { throw APIProblem(parameter: "state", "must be given once; separate states by commas") }
        var states: Set<Coverage.State> = []
        for word in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let state = Coverage.State(rawValue: String(word)) else {
                let known = Coverage.State.allCases.map(\.rawValue)
                throw APIProblem(
                    parameter: "state", "is one of fresh, stale, missing and skipped", token: String(word),
                    hint: NearestName.of(String(word), among: known))
            }
            states.insert(state)
        }
        return states
    }
}

/// Everything that is told of one cluster.
struct ClusterDetails {
    let item: Coverage.Item
    let entry: ClusterEntry
    let age: Duration?
    let throttling: Throttling?
    /// The cloud's clock minus ours.
    let clockOffset: Duration?
    /// What was said when it failed; only for those who operate it.
    let showsDetail: Bool

    init(
        _ reading: ReleaseReading, at index: Int, throttling: Throttling?, clockOffset: Duration?, uptime: Duration,
        access: Access
    ) {
        self.throttling = throttling
        item = reading.coverage.items[index]
        entry = reading.snapshot.entries[reading.entries[index]]
        age = entry.standing.lastSuccess.map { max(.zero, uptime - $0.sentUptime) }
        self.clockOffset = clockOffset
        showsDetail = access.operates(entry)
    }
}

extension JSONWriter {
    mutating func cluster(_ details: ClusterDetails) {
        let cluster = details.entry.cluster
        let standing = details.entry.standing
        beginObject()
        coverageMembers(details.item)
        member("region", cluster.region)
        member("project_id", cluster.projectID)
        member("kind", cluster.kind.rawValue)
        key("labels")
        beginObject()
        for (name, value) in cluster.labels.sorted(by: { $0.key < $1.key }) {
            key(name)
            string(value)
        }
        endObject()
        member("releases", details.entry.part?.rows.count)
        member("last_success", standing.lastSuccess?.sentAt.rfc3339)
        member("age_seconds", details.age?.components.seconds)
        key("circuit")
        if let circuit = standing.circuit {
            beginObject()
            member("scope", circuit.scope.rawValue)
            member("state", circuit.state.rawValue)
            member("retry_at", circuit.retryAt.rfc3339)
            endObject()
        } else {
            null()
        }
        key("throttling")
        if let throttling = details.throttling {
            beginObject()
            member("since", throttling.since.rfc3339)
            member("calls_per_minute", throttling.callsPerMinute)
            endObject()
        } else {
            null()
        }
        member("clock_offset_seconds", details.clockOffset?.components.seconds)
        key("last_error")
        if let failure = standing.lastFailure {
            beginObject()
            member("reason", failure.reason.rawValue)
            member("at", failure.at.rfc3339)
            member("upstream_request_id", failure.upstreamRequestID)
            if details.showsDetail { member("detail", failure.detail) }
            endObject()
        } else {
            null()
        }
        endObject()
    }
}

extension Fingerprint {
    mutating func add(_ details: ClusterDetails) {
        add(details.item)
        add(details.entry.cluster)
        add(details.entry.cluster.kind.rawValue)
        add(details.entry.part != nil)
        add(details.entry.part?.rows.count ?? 0)
        let failure = details.entry.standing.lastFailure
        let circuit = details.entry.standing.circuit
        add(circuit?.scope.rawValue)
        add(circuit?.state.rawValue)
        add(details.throttling != nil)
        add(details.clockOffset.map { "\($0.components.seconds)" })
        add(failure?.reason.rawValue)
        add(details.showsDetail ? failure?.detail : nil)
    }
}
