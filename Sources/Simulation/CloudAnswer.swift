import Inbound
import Timing

/// Makes responses with the fields the cloud sends, right ones and spoilt ones.
struct CloudAnswer {
    let fleet: SimulatedFleet
    let requestID: String
    /// How much the cloud's clock is ahead.
    let skew: Duration

    func failure(_ error: CloudError) -> InboundResponse {
        response(error.status, error.body(requestID: requestID))
    }

    /// `right` is asked for only when something of it is needed.
    func spoilt(
        by fault: SimulatedFault?, right: () -> Result<[UInt8], CloudError>
    ) -> InboundResponse {
        switch fault {
        case .none, .hang, .latency, .clockSkew: return whole(right())
        case .status(let code, .json): return failure(.any(code))
        case .status(let code, .html): return response(code, CloudError.page, type: "text/html")
        case .status(let code, .empty): return response(code, [], type: nil)
        case .throttledByGateway: return failure(.throttledByGateway)
        case .throttledByService: return failure(.throttledByService)
        case .resourceLocked: return failure(.resourceLocked)
        case .html200: return response(200, CloudError.page, type: "text/html")
        case .empty200: return response(200, [])
        case .noContent: return response(204, [], type: nil)
        case .redirect:
            var answer = response(302, [], type: nil)
            answer.fields.append(("Location", "http://elsewhere.example.com/"))
            return answer
        case .object, .nestedArray, .invalidUTF8, .duplicateKeys, .hangMidBody, .truncate, .drip:
            switch right() {
            case .failure(let error): return failure(error)
            case .success(let body): return reshaped(body, by: fault)
            }
        case .wrongThings:
            return response(200, Array(#"[1,"two",null,true,[],{},{"chart_name":"nameless","version":"x"}]"#.utf8))
        case .deepNesting:
            return response(
                200,
                Array(repeating: UInt8(ascii: "["), count: 100_000)
                    + Array(repeating: UInt8(ascii: "]"), count: 100_000))
        case .hugeBody(let byteCount): return response(200, stream: HugeBody(byteCount: byteCount))
        }
    }

    private func whole(_ right: Result<[UInt8], CloudError>) -> InboundResponse {
        switch right {
        case .success(let body): response(200, body)
        case .failure(let error): failure(error)
        }
    }

    private func reshaped(_ body: [UInt8], by fault: SimulatedFault?) -> InboundResponse {
        switch fault {
        case .object: response(200, Array(#"{"items":"#.utf8) + body + Array("}".utf8))
        case .nestedArray: response(200, [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")])
        case .invalidUTF8:
            response(
                200,
                inserting(
                    Array(#"{"name":"broken","namespace":"default","description":""#.utf8) + [0xC3, 0x28]
                        + Array(#""}"#.utf8), into: body))
        case .duplicateKeys:
            response(
                200, inserting(Array(#"{"name":"twice","namespace":"default","name":"twice-again"}"#.utf8), into: body))
        case .hangMidBody: response(200, stream: FaultyBody(body, .hangsHalfway, time: fleet.time))
        case .truncate: response(200, stream: FaultyBody(body, .endsHalfway, time: fleet.time))
        case .drip: response(200, stream: FaultyBody(body, .drips(every: .milliseconds(100)), time: fleet.time))
        default: response(200, body)
        }
    }
    /// One row more at the beginning of an array; an array of that row alone when it is none.
    private func inserting(_ row: [UInt8], into body: [UInt8]) -> [UInt8] {
        guard body.first == UInt8(ascii: "["), body.count > 2 else { return Array("[".utf8) + row + Array("]".utf8) }
        return Array("[".utf8) + row + Array(",".utf8) + body.dropFirst()
    }

    private func response(_ status: Int, _ body: [UInt8], type: String? = "application/json") -> InboundResponse {
        InboundResponse(status: status, fields: fields(type: type), body: .bytes(body))
    }
    private func response(_ status: Int, stream: any BodyStream) -> InboundResponse {
        InboundResponse(status: status, fields: fields(type: "application/json"), body: .stream(stream))
    }
    private func fields(type: String?) -> [(name: String, value: String)] {
        var fields = [(name: "Date", value: (fleet.time.wall + skew).httpDate), ("X-Request-Id", requestID)]
        if let type { fields.append(("Content-Type", type)) }
        return fields
    }
}
