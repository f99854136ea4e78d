import ReleaseModel

/// What can go wrong with the answer to one call.
package enum SimulatedFault: Sendable, Hashable {
    /// What the body of a failure is.
    package enum ErrorBody: String, Sendable, CaseIterable { case json, html, empty }

    /// No answer at all.
    case hang
    /// Head and half the body, then nothing more.
    case hangMidBody
    /// Head and half the body, then the end of the connection.
    case truncate
    /// The right body at one byte in 100 ms.
    case drip
    /// A failure; the codes with a body of their own are 400, 401, 403, 404, 409, 429, 500, 502, 503 and 504.
    case status(Int, ErrorBody = .json)
    /// The three kinds of 429: by the API gateway, by the service, and a lock that another request holds.
    case throttledByGateway, throttledByService, resourceLocked
    /// 200 with a page for people.
    case html200
    /// 200 without a body.
    case empty200
    /// 204.
    case noContent
    /// 302 to another host.
    case redirect
    /// `{"items": […]}`.
    case object
    /// `[[…]]`, which some documents describe: the rows are right.
    case nestedArray
    /// An array of numbers, texts and objects without names.
    case wrongThings
    /// A byte in a text that is no UTF-8.
    case invalidUTF8
    /// Brackets 100,000 deep.
    case deepNesting
    /// The first row says its name twice.
    case duplicateKeys
    /// Rows without end, cut at this many bytes.
    case hugeBody(byteCount: Int)
    /// The cloud's clock is this much ahead, in `Date` and in judging signatures. Goes together with others.
    case clockSkew(Duration)
    /// This much later. Goes together with others.
    case latency(Duration)
}

extension SimulatedFault {
    /// From the admin path: `hang`, `status-503`, `status-502-html`, `latency` with a value in milliseconds, `clock-skew`
    /// in seconds, `huge` in bytes. Nil for any other.
    package init?(name: String, value: Int? = nil) {
        if let plain = Self.plain.first(where: { $0.name == name }) {
            self = plain.fault
            return
        }
        switch name {
        case "huge": self = .hugeBody(byteCount: max(value ?? 64 << 20, 0))
        case "clock-skew": self = .clockSkew(.seconds(min(max(value ?? 1200, -86_400 * 366), 86_400 * 366)))
        case "latency": self = .latency(.milliseconds(min(max(value ?? 1000, 0), 3_600_000)))
        default:
            let parts = name.split(separator: "-")
            guard (2...3).contains(parts.count), parts[0] == "status", let code = Int(parts[1]),
                (400...599).contains(code)
            else { return nil }
            guard parts.count == 3 else {
                self = .status(code)
                return
            }
            guard let body = ErrorBody(rawValue: String(parts[2])) else { return nil }
            self = .status(code, body)
        }
    }
    /// As the admin path writes it.
    package var name: String {
        switch self {
        case .status(let code, .json): "status-\(code)"
        case .status(let code, let body): "status-\(code)-\(body.rawValue)"
        case .hugeBody: "huge"
        case .clockSkew: "clock-skew"
        case .latency: "latency"
        default: Self.plain.first { $0.fault == self }?.name ?? ""
        }
    }
    /// For the answer to a wrong name.
    package static let names =
        plain.map(\.name) + ["status-CODE", "status-CODE-html", "status-CODE-empty", "huge", "clock-skew", "latency"]

    private static let plain: [(name: String, fault: SimulatedFault)] = [
        ("hang", .hang), ("hang-mid-body", .hangMidBody), ("truncate", .truncate), ("drip", .drip),
        ("throttled-gateway", .throttledByGateway), ("throttled-service", .throttledByService),
        ("resource-locked", .resourceLocked), ("html200", .html200), ("empty200", .empty200),
        ("no-content", .noContent), ("redirect", .redirect), ("object", .object), ("nested-array", .nestedArray),
        ("wrong-things", .wrongThings), ("invalid-utf8", .invalidUTF8), ("deep-nesting", .deepNesting),
        ("duplicate-keys", .duplicateKeys),
    ]
}

/// Whose answers are spoilt.
package enum FaultTarget: Sendable, Hashable {
    /// All calls about one cluster.
    case cluster(ClusterID)
    /// All calls about any cluster that has no fault of its own.
    case everyCluster
    /// Both cluster lists.
    case clusterList
    /// The project lookup.
    case projects

    /// From the admin path: an id, `*`, `_clusters` or `_projects`.
    package init?(name: String) {
        switch name {
        case "*": self = .everyCluster
        case "_clusters": self = .clusterList
        case "_projects": self = .projects
        default:
            guard let id = ClusterID(name) else { return nil }
            self = .cluster(id)
        }
    }
    package var name: String {
        switch self {
        case .cluster(let id): id.text
        case .everyCluster: "*"
        case .clusterList: "_clusters"
        case .projects: "_projects"
        }
    }
}

/// The faults that hold for one target at the same time: at most one that shapes the answer.
struct FaultSet: Sendable, Equatable {
    var shape: SimulatedFault?
    /// How many more calls meet `shape`; nil without end.
    var remaining: Int?
    var latency = Duration.zero
    var clockSkew = Duration.zero

    var isEmpty: Bool { shape == nil && latency == .zero && clockSkew == .zero }

    mutating func add(_ fault: SimulatedFault, forCalls count: Int?) {
        switch fault {
        case .latency(let duration): latency = duration
        case .clockSkew(let duration): clockSkew = duration
        default: (shape, remaining) = (fault, count)
        }
    }
    /// What the next call meets.
    mutating func take() -> FaultSet {
        let met = self
        if let left = remaining {
            remaining = left - 1
            if left <= 1 { (shape, remaining) = (nil, nil) }
        }
        return met
    }
}
