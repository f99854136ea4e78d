import CCurl
import Locking

/// One attempt on its way. Made on the calling task; from then on its state belongs to the curl thread, while the
/// handoff and the flag may be touched from anywhere.
final class Transfer: @unchecked Sendable {  // what is not locked is touched by the curl thread alone
    let request: CheckedRequest
    let timeout: Duration
    /// When it was admitted, by `MonotonicClock`: libcurl's limits run in real time.
    let admittedAt: Duration
    let handoff = Handoff<OutboundResponse>()
    /// It is paused because of other bodies in memory: that is not the server's fault.
    let isStarved = Lock(false)

    private let bodyLimit: Int
    private let budget: ByteBudget
    private var head = ResponseHead()
    private var body: [UInt8] = []
    /// Why a callback broke the transfer off.
    private(set) var refusal: TransportError?
    /// Set by the write callback, cleared by the loop before it resumes it.
    var isPaused = false
    /// What the budget had no room for; libcurl keeps it and offers it again.
    private(set) var bytesRefused = 0
    /// libcurl has made a socket for it, so its lookup is done.
    var hasSocket = false
    /// Tells the loop what libcurl does; set while it runs.
    var observer: ((Transfer, Step) -> Void)?
    enum Step {
        case startsLookup
        case hasSocket
        case sendsRequest
        case pauses
    }
    func report(_ step: Step) { observer?(self, step) }

    init(_ request: CheckedRequest, timeout: Duration, admittedAt: Duration, bodyLimit: Int, budget: ByteBudget) {
        self.request = request
        self.timeout = timeout
        self.admittedAt = admittedAt
        self.bodyLimit = bodyLimit
        self.budget = budget
    }

    /// A line of the head, or a trailer. False breaks the transfer off.
    func receiveLine(_ line: UnsafeBufferPointer<CChar>) -> Bool {
        switch head.add(line, bodyLimit: bodyLimit) {
        case .goOn:
            return true
        case .tooLarge:
            refusal = TransportError(.tooLarge, detail: "the answer's head or announced length")
        case .invalid:
            refusal = TransportError(.invalidResponse, detail: "a field line or a coding that was not offered")
        }
        return false
    }

    enum Receipt {
        case taken
        case pause
        case refuse
    }
    /// Decoded bytes of the body, copied once, to where they stay.
    func receiveBody(_ bytes: UnsafeBufferPointer<CChar>) -> Receipt {
        guard bytes.count <= bodyLimit - body.count else {
            refusal = TransportError(.tooLarge, detail: "the body is larger than maxResponseBytes")
            return .refuse
        }
        guard budget.take(bytes.count, for: ObjectIdentifier(self)) else {
            isPaused = true
            bytesRefused = bytes.count
            isStarved.withLock { $0 = true }
            report(.pauses)
            return .pause
        }
        let needed = body.count + bytes.count + ResponseBody.padding
        if needed > body.capacity {
            // The announced length, which the head's check has kept below the limit, spares every later copy. It is
            // taken at the first byte: a promise alone costs nothing, and pages not written to cost nothing either.
            let announced = (head.announcedLength ?? 0) + ResponseBody.padding
            body.reserveCapacity(max(needed, announced, min(2 * body.capacity, bodyLimit + ResponseBody.padding)))
        }
        bytes.withMemoryRebound(to: UInt8.self) { body.append(contentsOf: $0) }
        return .taken
    }

    /// Ends it: what the waiter gets, `code` being libcurl's verdict.
    func finish(_ code: CURLcode, facts: TransferFacts) -> Result<OutboundResponse, TransportError> {
        // From here on the lease gives the bytes back, also when nobody takes the answer.
        let count = body.count
        budget.handOver(count, of: ObjectIdentifier(self))
        let lease = BodyLease(count, of: budget)
        defer { body = [] }
        if let refusal { return .failure(refusal) }
        guard code == CURLE_OK else { return .failure(failure(code, facts: facts)) }
        // libcurl takes a head cut off within a field line for a whole one.
        guard head.isWhole else { return .failure(TransportError(.network, detail: "the answer's head is cut off")) }
        body.append(contentsOf: repeatElement(0, count: ResponseBody.padding))
        let response = OutboundResponse(
            status: head.status, fields: head.fields, body: ResponseBody(storage: body, count: count, lease: lease),
            reusedConnection: facts.isReused)
        return .success(response)
    }

    /// The reason when the attempt's own time has run out.
    var timeoutError: TransportError {
        isStarved.withLock { $0 }
            ? TransportError(.overloaded, detail: "too many bytes of other answers in memory")
            : TransportError(.timeout)
    }

    private func failure(_ code: CURLcode, facts: TransferFacts) -> TransportError {
        guard code == CURLE_OPERATION_TIMEDOUT else {
            if facts.wasCutInHandshake {
                return TransportError(.connect, detail: "the connection was lost in the TLS handshake")
            }
            return TransportError(code, hadConnection: facts.hadConnection)
        }
        if !facts.hadConnection, MonotonicClock.now - admittedAt < timeout {
            return TransportError(.timeout, detail: "no connection within connectTimeout")
        }
        return timeoutError
    }
}

/// What libcurl knows about a transfer besides its verdict.
struct TransferFacts {
    /// It went out on a connection opened for an earlier one.
    var isReused = false
    /// TCP, and TLS where there is any, were up.
    var hadConnection = false
    /// The connection ended while TLS was being set up.
    var wasCutInHandshake = false
}
