import Inbound
import JSON
import ReleaseModel
import Timing

/// `/_simulator/…`: see and change the fleet while it runs. No bodies; parameters stand in the query.
///
///     GET    /_simulator/fleet                                  the truth: clusters and their releases
///     GET    /_simulator/faults                                 what is wrong where
///     PUT    /_simulator/faults?cluster=ID&fault=hang[&value=N][&calls=N]
///     DELETE /_simulator/faults[?cluster=ID]
///     GET    /_simulator/calls                                  what was asked
///     DELETE /_simulator/calls
///     PUT    /_simulator/churn?steps=N                          N things happen
///     POST   /_simulator/clusters[?project=ID]                  one more
///     PUT    /_simulator/clusters?cluster=ID[&phase=Hibernation][&alias=NAME]
///     DELETE /_simulator/clusters?cluster=ID
///     POST   /_simulator/projects?region=ID                     one more, without clusters
///     DELETE /_simulator/projects?project=ID                    with its clusters
///
/// `cluster` is an id, `*`, `_clusters` (the cluster lists) or `_projects` (the project lookup).
struct AdminRoutes {
    static let prefix = "_simulator"
    let fleet: SimulatedFleet

    func answer(_ request: InboundRequest) -> InboundResponse {
        func value(_ name: String) -> String? { request.query.first { $0.name == name }?.value }
        let method = request.method == "HEAD" ? "GET" : request.method
        switch (method, request.path.dropFirst().joined(separator: "/")) {
        case ("GET", "fleet"): return ok(truth())
        case ("GET", "faults"): return ok(faults())
        case ("GET", "calls"): return ok(calls())
        case ("DELETE", "calls"):
            fleet.resetCalls()
            return ok(calls())
        case ("DELETE", "faults"):
            guard let name = value("cluster") else {
                fleet.clearFaults()
                return ok(faults())
            }
            guard let target = target(name) else { return wrong(404, "no cluster \(name)") }
            fleet.clearFaults(on: target)
            return ok(faults())
        case ("PUT", "faults"):
            guard let target = value("cluster").flatMap(target) else {
                return wrong(404, "cluster: the id of one, or *, _clusters, _projects")
            }
            guard
                let fault = value("fault").flatMap({ SimulatedFault(name: $0, value: value("value").flatMap(Int.init)) }
                )
            else { return wrong(400, "fault: one of \(SimulatedFault.names.joined(separator: ", "))") }
            let calls = value("calls").map(Int.init)
            if let calls, !(1...1_000_000_000).contains(calls ?? 0) {
                return wrong(400, "calls: 1 through 1000000000")
            }
            fleet.setFault(fault, on: target, forCalls: calls.flatMap { $0 })
            return ok(faults())
        case ("PUT", "churn"):
            guard let steps = value("steps").flatMap(Int.init), (0...100_000).contains(steps) else {
                return wrong(400, "steps: 0 through 100000")
            }
            fleet.step(steps)
            return ok(calls())
        case (_, "clusters"): return clusters(method, value)
        case (_, "projects"): return projects(method, value)
        default: return wrong(404, "fleet, faults, calls, churn, clusters or projects")
        }
    }

    private func clusters(_ method: String, _ value: (String) -> String?) -> InboundResponse {
        if method == "POST" {
            let project = value("project").map { id in fleet.projects.first { $0.id == id } }
            if let project, project == nil { return wrong(404, "project: the id of one") }
            fleet.addCluster(to: project.flatMap { $0 })
            return ok(truth())
        }
        guard let id = value("cluster").flatMap(ClusterID.init), fleet.held(id) != nil else {
            return wrong(404, "cluster: the id of one")
        }
        switch method {
        case "PUT":
            let (phase, alias) = (value("phase") ?? "", value("alias") ?? "")
            guard !phase.isEmpty || !alias.isEmpty else {
                return wrong(400, "phase: Available, Hibernation, …; alias: what it is called from now on")
            }
            if !phase.isEmpty { fleet.setPhase(phase, of: id) }
            if !alias.isEmpty { fleet.rename(id, to: alias) }
        case "DELETE": fleet.removeCluster(id)
        default: return wrong(404, "POST, PUT or DELETE")
        }
        return ok(truth())
    }

    private func projects(_ method: String, _ value: (String) -> String?) -> InboundResponse {
        switch method {
        case "POST":
            guard let region = value("region"), fleet.options.regions.contains(region) else {
                return wrong(404, "region: one of \(fleet.options.regions.joined(separator: ", "))")
            }
            fleet.addProject(in: region)
        case "DELETE":
            guard let id = value("project"), fleet.projects.contains(where: { $0.id == id }) else {
                return wrong(404, "project: the id of one")
            }
            fleet.removeProject(id)
        default: return wrong(404, "POST or DELETE")
        }
        return ok(truth())
    }

    // MARK: -

    private func target(_ name: String) -> FaultTarget? {
        guard let target = FaultTarget(name: name) else { return nil }
        if case .cluster(let id) = target, fleet.held(id) == nil { return nil }
        return target
    }

    private func truth() -> [UInt8] {
        let snapshot = fleet.snapshot
        var writer = JSONWriter(capacity: snapshot.clusters.reduce(256) { $0 + 256 + $1.releases.count * 256 })
        writer.beginObject()
        writer.member("generation", snapshot.generation)
        writer.member("project_id", fleet.projectID)
        writer.key("projects")
        writer.beginArray()
        for project in fleet.projects {
            writer.beginObject()
            writer.member("id", project.id)
            writer.member("name", project.name)
            writer.member("region", project.region)
            writer.endObject()
        }
        writer.endArray()
        writer.key("clusters")
        writer.beginArray()
        for held in snapshot.clusters {
            writer.beginObject()
            writer.member("cluster_id", held.cluster.id.text)
            writer.member("cluster_name", held.cluster.name)
            writer.member("alias", held.cluster.alias)
            writer.member("region", held.cluster.region)
            writer.member("project_id", held.cluster.projectID)
            writer.member("kind", held.cluster.kind.rawValue)
            writer.member("phase", held.cluster.phase)
            writer.key("releases")
            writer.beginArray()
            for release in held.releases {
                writer.beginObject()
                writer.member("namespace", release.namespace)
                writer.member("name", release.name)
                writer.member("version", release.version)
                writer.member("chart_name", release.chart.name)
                writer.member("chart_version", release.chartVersion)
                writer.member("chart_id", release.chart.id)
                writer.member("status", release.status)
                writer.member("create_at", release.createdAt.rfc3339)
                writer.member("update_at", release.updatedAt.rfc3339)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func faults() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("faults")
        writer.beginArray()
        for (target, set) in fleet.faults.sorted(by: { $0.key.name < $1.key.name }) {
            writer.beginObject()
            writer.member("cluster", target.name)
            writer.member("fault", set.shape?.name)
            writer.member("calls", set.remaining)
            writer.member("latency_ms", set.latency / .milliseconds(1))
            writer.member("clock_skew_s", set.clockSkew / .seconds(1))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func calls() -> [UInt8] {
        let calls = fleet.calls
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("total", calls.total)
        writer.member("in_flight", calls.inFlight)
        writer.member("peak_in_flight", calls.peakInFlight)
        writer.member("cluster_lists", calls.clusterLists)
        writer.member("project_lookups", calls.projectLookups)
        writer.member("refused_by_lock", calls.refusedByLock)
        writer.key("bad_signatures")
        writer.beginObject()
        for (rule, count) in calls.badSignatures.sorted(by: { $0.key < $1.key }) {
            writer.key(rule)
            writer.integer(count)
        }
        writer.endObject()
        writer.key("clusters")
        writer.beginObject()
        for (id, count) in calls.perCluster.sorted(by: { $0.key < $1.key }) {
            writer.key(id.text)
            writer.integer(count)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private func ok(_ body: [UInt8]) -> InboundResponse {
        InboundResponse(status: 200, fields: [("Content-Type", "application/json")], body: .bytes(body))
    }
    private func wrong(_ status: Int, _ text: String) -> InboundResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", text)
        writer.endObject()
        return InboundResponse(
            status: status, fields: [("Content-Type", "application/json")], body: .bytes(writer.bytes))
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, _ value: Double) { member(name, Int64(value)) }
}
