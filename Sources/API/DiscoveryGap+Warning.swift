import Query
import ReleaseModel
import Timing

extension DiscoveryGap {
    /// What readers are told. Names of the configuration, never a key; no text of the cloud's.
    var warning: ListRequest.Warning {
        let project = projectID.map { ", project \($0)" } ?? ""
        let place = "\(region ?? "all regions") (\(kind.rawValue), credential \(credential)\(project))"
        switch flaw {
        case .pending:
            return ListRequest.Warning(
                code: "discovery_pending", message: "the clusters of \(place) are not known yet: no list has come")
        case .failing(let reason, let since):
            let failure = "discovery fails since \(since.rfc3339) (\(reason.rawValue))"
            guard let lastSuccess else {
                return ListRequest.Warning(
                    code: "discovery_failed", message: "the clusters of \(place) are not known: \(failure)")
            }
            return ListRequest.Warning(
                code: "discovery_failed",
                message: "the clusters of \(place) are those of \(lastSuccess.rfc3339): \(failure)")
        case .unreadable(let count):
            return ListRequest.Warning(
                code: "discovery_incomplete",
                message: "not all clusters of \(place) are known: \(count) of its last list cannot be read")
        }
    }
}

extension Fingerprint {
    /// Never when it began: two answers say the same, whatever their time stamps.
    mutating func add(_ gap: DiscoveryGap) {
        add(gap.region)
        add(gap.kind.rawValue)
        add(gap.credential)
        add(gap.projectID)
        add(gap.lastSuccess != nil)
        switch gap.flaw {
        case .pending: add(0)
        case .failing(let reason, since: _): add(reason.rawValue)
        case .unreadable(let count): add(count)
        }
    }
}

extension APIProblem {
    /// None of the clusters asked for is known. That there is none is only known where no source is silent.
    init(unknownClusters detail: String, gaps: [DiscoveryGap]) {
        let blind = gaps.filter(\.isBlind)
        self.init(
            blind.isEmpty ? .clusterNotFound : .unknownBecauseClusterMissing,
            blind.isEmpty ? detail : "\(detail), and not all clusters are known; see warnings")
        warnings = blind.map(\.warning)
        retryAfterSeconds = 5
    }
}
