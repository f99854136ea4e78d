import Inbound
import ReleaseModel
import Signing
import Timing

/// Answers as the cloud would for the clusters of a fleet, and on `/_simulator/…` for whoever plays with it.
package struct SimulatorHandler: RequestHandler {
    private let fleet: SimulatedFleet

    package init(fleet: SimulatedFleet) { self.fleet = fleet }

    package func answerNow(_ request: InboundRequest) -> Immediate {
        if request.path.first == AdminRoutes.prefix { return .respond(AdminRoutes(fleet: fleet).answer(request)) }
        return .later
    }

    package func answer(_ request: InboundRequest) async -> InboundResponse {
        if request.path.first == AdminRoutes.prefix { return AdminRoutes(fleet: fleet).answer(request) }
        guard let route = CloudRoute(path: request.path), request.method == "GET" || request.method == "HEAD" else {
            return CloudAnswer(fleet: fleet, requestID: "", skew: .zero).failure(.noSuchRoute)
        }
        let began = fleet.time.uptime
        let call = fleet.begin(route.target)
        defer { fleet.end() }
        let answer = CloudAnswer(fleet: fleet, requestID: call.requestID, skew: call.faults.clockSkew)
        if let refusal = refusal(of: request, skew: call.faults.clockSkew) { return answer.failure(refusal) }
        // A peer that goes cancels the waiting; whatever is answered then is seen by nobody.
        if call.faults.shape == .hang { try? await fleet.time.sleep(for: FaultyBody.forever) }
        if call.delay > .zero {
            // Rendered before, so that many answers due at one moment are not late by what rendering them takes.
            if case .releases(let id, _) = route, let held = fleet.held(id) { _ = fleet.listBody(of: held) }
            try? await fleet.time.sleep(until: began + call.delay)
        }
        return answer.spoilt(by: call.faults.shape) { right(route, request) }
    }

    package func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        let error: CloudError =
            switch refusal {
            case .badRequest(let rule): .apiGateway(400, "APIGW.0201", "Bad request: \(rule)")
            case .bodyNotAllowed: .apiGateway(413, "APIGW.0201", "Request body too large")
            case .targetTooLong: .apiGateway(414, "APIGW.0201", "Request URI too large")
            case .fieldsTooLarge: .apiGateway(494, "APIGW.0201", "Request header too large")
            case .unusableAnswer: .apiGateway(500, "APIGW.0201", "Unexpected error")
            case .overloaded: .apiGateway(503, "APIGW.0201", "Backend unavailable")
            case .timedOut: .apiGateway(504, "APIGW.0201", "Backend timeout")
            }
        return CloudAnswer(fleet: fleet, requestID: "", skew: .zero).failure(error)
    }

    // MARK: -

    /// Why the cloud's gateway does not let the call in; nil when it does.
    private func refusal(of request: InboundRequest, skew: Duration) -> CloudError? {
        let judgement = fleet.judge(
            method: request.method, path: request.rawPath, query: request.query, fields: request.fields, skew: skew)
        switch judgement {
        case .accepted: break
        case .locked: return .identity("AK access failed to reach the limit,forbidden")
        case .refused(.unknownKey): return .identity("Get secretKey failed,ak:***,err:ak not exist")
        case .refused(.clockOff): return .identity("x-sdk-date is expired")
        case .refused(.missingField(let name)): return .identity("\(name) not found")
        case .refused: return .identity("verify aksk signature fail")
        }
        if let project = request.field("x-project-id"), !fleet.projects.contains(where: { $0.id == project }) {
            return .apiGateway(403, "APIGW.0310", "The project is unavailable")
        }
        return nil
    }

    /// What the cloud would say if nothing were wrong with it.
    private func right(_ route: CloudRoute, _ request: InboundRequest) -> Result<[UInt8], CloudError> {
        func value(_ name: String) -> String? { request.query.first { $0.name == name }?.value }
        let project = request.field("x-project-id")
        switch route {
        case .releases(let id, let kind):
            return held(id, kind, project).map { held in
                let (chart, namespace) = (value("chart_id"), value("namespace"))
                guard chart != nil || namespace != nil else { return fleet.listBody(of: held) }
                let releases = held.releases.filter {
                    (chart == nil || $0.chart.id == chart) && (namespace == nil || $0.namespace == namespace)
                }
                return ReleaseRows.list(releases, of: held.cluster, values: fleet.values)
            }
        case .release(let id, let kind, let namespace, let name):
            return release(id, kind, project, namespace, name).map { held, release in
                ReleaseRows.one(
                    release, of: held.cluster, values: fleet.values, withResources: value("show_resources") == "true")
            }
        case .history(let id, let kind, let namespace, let name):
            return release(id, kind, project, namespace, name).map { held, release in
                ReleaseRows.history(release, of: held.cluster, values: fleet.values)
            }
        case .clusters(let project, let kind):
            guard fleet.projects.contains(where: { $0.id == project }) else {
                return .failure(.apiGateway(403, "APIGW.0310", "The project is unavailable"))
            }
            let phase = value("status")
            return .success(
                ClusterRows.list(
                    fleet.allClusters.filter {
                        $0.projectID == project && $0.kind == kind && (phase == nil || $0.phase == phase)
                    }))
        case .projects:
            // The object storage's own project is in every account, and in no region.
            let all = fleet.projects.map { (id: $0.id, name: $0.name) } + [(id: Self.storageProjectID, name: "MOS")]
            let name = value("name")
            return .success(ClusterRows.projects(all.filter { name == nil || $0.name == name }))
        case .account: return .success(ClusterRows.account())
        }
    }

    private static let storageProjectID = "0000000000000000000000000000fade"

    /// A cluster of another project than the call's is not found; a call that names none is for a main project.
    private func held(
        _ id: ClusterID, _ kind: Cluster.Kind, _ projectID: String?
    ) -> Result<FleetState.Held, CloudError> {
        guard let held = fleet.held(id), held.cluster.kind == kind,
            let project = fleet.projects.first(where: { $0.id == held.cluster.projectID }),
            projectID == project.id || (projectID == nil && project.isMain)
        else { return .failure(.notFound("Cluster")) }
        guard held.cluster.isReachable else {
            return .failure(.container(400, "CCE.01400013", "The cluster is in state \(held.cluster.phase)."))
        }
        return .success(held)
    }
    private func release(
        _ id: ClusterID, _ kind: Cluster.Kind, _ projectID: String?, _ namespace: String, _ name: String
    ) -> Result<(FleetState.Held, SimulatedRelease), CloudError> {
        held(id, kind, projectID).flatMap { held in
            guard let release = held.releases.first(where: { $0.namespace == namespace && $0.name == name }) else {
                return .failure(.notFound("Release"))
            }
            return .success((held, release))
        }
    }
}
