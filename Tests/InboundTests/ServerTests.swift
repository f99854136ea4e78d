import GatewayTestKit
import Inbound
import Testing

@Suite struct ServerTests {
    @Test func `a request is answered on the library's thread`() async throws {
        try await withServer { _, port in
            let answer = try await RawClient.get("/v1/a%2Fb?x=1", port: port)
            #expect(answer.status == 200)
            #expect(answer.text == "GET /v1/a%2Fb")
            #expect(answer.field("content-type") == "text/plain")
            #expect(answer.field("date") != nil)
            #expect(!answer.closes)
        }
    }
    @Test func `a handler's date goes out in place of the server's`() async throws {
        let past = "Sun, 06 Nov 1994 08:49:37 GMT"
        let handler = TestHandler(now: { _ in .respond(InboundResponse(status: 200, fields: [("Date", past)])) })
        try await withServer(handler) { _, port in
            let answer = try await RawClient.get("/", port: port)
            #expect(answer.fields.filter { $0.name == "date" }.map(\.value) == [past])
        }
    }
    @Test func `a request is suspended and answered by a task`() async throws {
        try await withServer(TestHandler(now: { _ in .later })) { _, port in
            let answer = try await RawClient.get("/", port: port)
            #expect(answer.text == "later")
        }
    }
}
