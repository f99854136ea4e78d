/// What `/readyz` says: whether requests should be sent here.
package enum Readiness: Sendable, Equatable {
    case ready
    /// Not every cluster has been tried once.
    case starting
    /// Going away: 503 so that no new requests come, while those that come are still answered.
    case stopping
}

extension Readiness {
    var answer: Answer {
        switch self {
        case .ready: .text("ok\n")
        case .starting: .text("starting\n", status: 503)
        case .stopping: .text("stopping\n", status: 503)
        }
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
