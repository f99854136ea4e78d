import GatewayTestKit
import JSON
import ReleaseModel
import Simulation
import Testing

/// What a reader gets who follows `next_page_token` to the end, while the fleet changes and is refreshed underneath.
@Suite struct WalkTests {
    static let walks = min(max(testRuns(default: 300) / 50, 3), 50)

    @Test func `a walk gives exactly what the fleet held at its first page, in order`() async throws {
        let seed = testSeed()
        try await TestBed.withRunning(
            SimulationOptions(clusters: 200, releases: 50, valuesBytes: 0, seed: seed), server: "requestTimeout: 120s"
        ) { bed in
            var random = SplitMix64(seed: seed)
            _ = try await bed.getJSON("/releases?max_age=0&wait=100s&page_size=1")
            for walk in 0..<Self.walks {
                let question = Question.random(using: &random)
                let held = question.answer(of: bed.fleet)
                let found = try await Self.walk(bed, question, using: &random)
                if found == held { continue }
                let same = zip(found, held).prefix { $0 == $1 }.count
                let (got, wanted) = (found.dropFirst(same).first, held.dropFirst(same).first)
                Issue.record(
                    """
                    seed \(seed), walk \(walk): \(question.query): \(found.count) rows for \(held.count), at \(same) \
                    \(got ?? "none") for \(wanted ?? "none")
                    """)
                return
            }
        }
    }

    /// Takes page after page of any size; between them the fleet changes and another reader has it asked again.
    private static func walk(
        _ bed: TestBed, _ question: Question, using random: inout SplitMix64
    ) async throws -> [String] {
        var found: [String] = []
        // The first page sees the fleet as it is: live, and nothing changes meanwhile.
        var page = try await bed.getJSON(
            "/releases?\(question.query)&max_age=0&wait=100s&page_size=\(question.pageSize)")
        #expect(page["complete"]?.boolean == true && page["coverage"]?["stale"]?.integer == 0)
        let total = page["total_size"]?.integer
        while true {
            let items = page["items"]?.array ?? []
            found += items.map(Question.identity)
            guard case .string(let token)? = page["next_page_token"] else { break }
            #expect(!items.isEmpty, "a page with a next one has rows")
            if random.next() % 4 == 0 {
                bed.fleet.step(200)
                _ = try await bed.getJSON("/releases?max_age=0&wait=100s&page_size=1")
            }
            let size = Int(random.next() % 500) + 1
            page = try await bed.getJSON("/releases?\(question.query)&page_size=\(size)&page_token=\(token)")
            #expect(page["total_size"]?.integer == total)
        }
        #expect(total == Int64(found.count))
        return found
    }
}
