import GatewayTestKit
import JSON
import Simulation
import Testing

/// What a whole expression needs of the server, on a real socket.
@Suite struct LongFilterTests {
    /// Holds for every release, in exactly `count` bytes of which most are no ASCII.
    private func filter(bytes count: Int) -> String {
        let one = "description!=\"" + String(repeating: "é", count: 100) + "\" AND "
        var text = ""
        while text.utf8.count + 2 * one.utf8.count < count { text += one }
        text += "name!=é"
        return text + String(repeating: " ", count: count - text.utf8.count)
    }
    private func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }

    @Test func `the longest filter fits a target with every byte encoded, and so does the link to its next page`()
        async throws
    {
        try await TestBed.withRunning(SimulationOptions(clusters: 2, releases: 3, valuesBytes: 0)) { bed in
            _ = try await bed.getJSON("/releases?max_age=0&wait=20s&page_size=1")
            let longest = filter(bytes: 4096)
            #expect(longest.utf8.count == 4096)
            var target = "/releases?page_size=2&filter=\(encoded(longest))"
            #expect(target.utf8.count > 12_288)
            var found: [String] = []
            while true {
                let answer = try await bed.get(target)
                #expect(answer.status == 200)
                let page = try JSONValue.parse(answer.body)
                #expect(page["total_size"]?.integer == 6)
                found += (page["items"]?.array ?? []).compactMap { $0["name"]?.string }
                guard let link = answer.field("link") else { break }
                #expect(link.utf8.count > 12_000)
                target = String(link.dropFirst().prefix { $0 != ">" })
            }
            #expect(found.count == 6)

            // As long as a target can be: its link has no room in the answer's head, and the token says the same.
            var most = "/releases?page_size=2&filter=\(encoded(longest))&name=!"
            while most.utf8.count < 16_384 - 200 { most += String(repeating: "x", count: 99) + "," }
            most += String(repeating: "x", count: 16_384 - most.utf8.count)
            let answer = try await bed.get(most)
            #expect(answer.status == 200)
            #expect(answer.field("link") == nil)
            let token = try #require(try JSONValue.parse(answer.body)["next_page_token"]?.string)
            #expect(!token.isEmpty)

            let longer = try await bed.get("/releases?filter=\(encoded(longest + " "))")
            #expect(longer.status == 400)
            let problem = try JSONValue.parse(longer.body)
            #expect(problem["code"]?.string == "invalid_filter")
            #expect(problem["errors"]?.array?.first?["position"]?.integer == 4096)
        }
    }
}
