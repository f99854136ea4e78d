import JSON
import Outbound
import ReleaseModel
import Signing
import Telemetry
import Timing

/// The cloud's API as far as we read it: releases, clusters and projects. Each call is one attempt; nothing is retried.
package struct CCEClient: ReleaseLister, ReleaseShower {
    /// How far the cloud's clocks are from ours.
    package let clocks: CloudClocks
    let caller: CloudCaller
    private let values: ValuesPolicy
    private let time: any TimeSource
    private let metrics: UpstreamMetrics?
    private let tracer: Tracer
    /// Tenants write into bodies: with a key of this process none can make one that passes for another.
    private let bodyKey = TextHash.Key()

    /// - Parameter version: of this program, for `User-Agent`.
    package init(
        transport: any HTTPTransport, credentials: any CredentialProvider, time: any TimeSource, values: ValuesPolicy,
        version: String, metrics: UpstreamMetrics? = nil, tracer: Tracer = .off
    ) {
        clocks = CloudClocks(time: time)
        caller = CloudCaller(
            transport: transport, credentials: credentials, time: time, clocks: clocks,
            userAgent: "release-gateway/\(version)", metrics: metrics)
        self.values = values
        self.time = time
        self.metrics = metrics
        self.tracer = tracer
    }

    package func listReleases(
        of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?
    ) async throws(CallFailure) -> UnreadReleases {
        let segments = Self.segments(of: target.cluster) + ["releases"]
        var call = try Self.call(target, segments: segments, timeout: timeout)
        if let chartID { call.query = [("chart_id", chartID)] }
        let asked = try await caller.ask(.listReleases, call)
        let origin = CallOrigin.current
        return UnreadReleases { previous throws(CallFailure) in
            try asked.read { answer throws(CallFailure) in
                let hash = TextHash(answer.response.body.bytes, key: bodyKey)
                let content: ListedReleases.Content
                if hash == bodyHash {
                    metrics?.receiveUnchanged()
                    content = .unchanged
                } else {
                    content = .part(try part(from: answer, previous: previous(), for: origin))
                }
                return ListedReleases(
                    content: content, bodyHash: hash, sentAt: answer.sentAt, sentUptime: answer.sentUptime)
            }
        }
    }

    /// One release as it is now, `resources` left out as the cloud does by default.
    ///
    /// Since it is asked for by name, `drop` masks here as `redact` does.
    package func release(
        of target: CallTarget, namespace: String, name: String, timeout: Duration
    ) async throws(CallFailure) -> Release {
        let segments = Self.segments(of: target.cluster) + ["namespace", namespace, "releases", name]
        let call = try Self.call(target, segments: segments, timeout: timeout)
        return try await caller.ask(.showRelease, call) { answer throws(CallFailure) in
            do throws(InvalidBody) {
                let release = try ReleaseDecoder.release(
                    from: answer.response.body, values: values == .drop ? .redact : values)
                guard release.name == name, release.namespace == namespace else {
                    throw InvalidBody(detail: "another release than the one asked for")
                }
                return release
            } catch {
                throw caller.invalid(answer, error)
            }
        }
    }

    // MARK: -

    private func part(
        from answer: CloudAnswer, previous: ClusterPart?, for origin: CallOrigin?
    ) throws(CallFailure) -> ClusterPart {
        let began = time.uptime
        let span = tracer.child("decode", of: origin?.trace)
        do throws(InvalidBody) {
            let part = try ReleaseDecoder.part(from: answer.response.body, values: values, previous: previous)
            metrics?.receiveChanged(decodedIn: time.uptime - began)
            tracer.end(
                span, [("bytes", .number(answer.response.body.count)), ("releases", .number(part.count))])
            return part
        } catch {
            tracer.end(span, failed: true, [("bytes", .number(answer.response.body.count))])
            throw caller.invalid(answer, error)
        }
    }

    /// `/cce/cam/v3/clusters/{id}` or its Autopilot twin.
    private static func segments(of cluster: Cluster) -> [String] {
        let family = cluster.kind == .autopilot ? "autopilot" : "cce"
        return [family, "cam", "v3", "clusters", cluster.id.text]
    }

    private static func call(
        _ target: CallTarget, segments: [String], timeout: Duration
    ) throws(CallFailure) -> CloudCall {
        // What http:// is allowed for was decided when the configuration was read.
        guard let endpoint = try? Endpoint(target.endpoint, insecure: true), let path = CloudCall.path(segments) else {
            throw CallFailure(.rejected, detail: "no such address can be made; nothing was sent")
        }
        return CloudCall(
            endpoint: endpoint, path: path, projectID: target.cluster.projectID, key: target.key, timeout: timeout)
    }
}
