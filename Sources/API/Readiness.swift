import Inbound

/// What `/readyz` says: whether requests should be sent here. Each check stands by itself, so that `?verbose` can say
/// which one holds it up.
package struct Readiness: Sendable, Equatable {
    /// Which clusters there are is known, or `startupGrace` is over.
    package var isDiscovered: Bool
    /// Each of them was tried once, or `startupGrace` is over. Never false again: what the cloud does later is told by
    /// answers, and must not take all replicas away at once.
    package var isCovered: Bool
    /// Going away: 503 so that no new requests come, while those that come are still answered.
    package var isStopping: Bool

    package init(isDiscovered: Bool = true, isCovered: Bool = true, isStopping: Bool = false) {
        self.isDiscovered = isDiscovered
        self.isCovered = isCovered
        self.isStopping = isStopping
    }

    package static let ready = Readiness()
    package static let starting = Readiness(isDiscovered: false, isCovered: false)
    package static let stopping = Readiness(isStopping: true)

    package var isReady: Bool { isDiscovered && isCovered && !isStopping }
}

extension Readiness {
    /// With `?verbose` a line for each check, after Kubernetes' own probes.
    func answer(to request: InboundRequest) -> Answer {
        let word = isStopping ? "stopping" : isReady ? "ok" : "starting"
        var text = ""
        if request.query.contains(where: { $0.name == "verbose" }) {
            for (name, isPassed) in [("discovery", isDiscovered), ("coverage", isCovered), ("running", !isStopping)] {
                text += isPassed ? "[+] \(name) ok\n" : "[-] \(name) failed\n"
            }
        }
        return .text(text + word + "\n", status: isReady ? 200 : 503)
    }
}

extension Answer {
    /// The process runs; nothing else is asked, so that no outage of a cluster restarts it.
    static var live: Answer { .text("ok\n") }

    static func document(_ mediaType: StaticString, _ body: [UInt8]) -> Answer {
        var answer = Answer(mediaType: mediaType, body: body)
        answer.isPublic = true
        return answer
    }
}
