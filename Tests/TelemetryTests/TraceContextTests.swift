import Testing

@testable import Telemetry

@Suite struct TraceContextTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func read(_ parent: String..., state: [String] = []) -> TraceContext? {
        TraceContext(parent.map { ("traceparent", $0) } + state.map { ("tracestate", $0) })
    }

    @Test func `a context is read and written again as it came`() throws {
        let context = try #require(read(Self.good))
        #expect(context.isSampled)
        #expect(context.trace.text == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.traceparent == Self.good)
        #expect(read()?.traceparent == nil)
    }

    @Test(arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "00"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", "03"),
        // Flags that nobody has a meaning for are not passed on (§3.2.2.5).
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-f9", "01"),
        // A later version may have more behind what we know (§3.2.4).
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes", "01"),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "01"),
    ])
    func `flags and versions are taken as far as they are known`(parent: String, flags: String) {
        #expect(read(parent)?.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\(flags)")
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",  // version 00 ends there
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7x-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "００-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ])
    func `what breaks a rule is no context`(parent: String) {
        #expect(read(parent) == nil)
    }

    @Test func `two parents are none`() { #expect(read(Self.good, Self.good) == nil) }

    @Test(
        arguments: [
            (["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            (["a=1", "b=2"], "a=1,b=2"), ([" a=1 ,,\tb=2 "], "a=1,b=2"), (["1t@v=x"], "1t@v=x"), (["a=b c"], "a=b c"),
            (["a-_*/0=1"], "a-_*/0=1"), (["a= 1"], "a= 1"),
            // Broken lists go as a whole; the trace goes on.
            (["a=1,a=2"], ""), (["a=1", "a=2"], ""), (["A=1"], ""), (["1a=1"], ""), (["a@1=1"], ""), (["a"], ""),
            (["=1"], ""),
            (["a=1=2"], ""), (["a=é"], ""), (["a=\u{1}"], ""), (["a=1,b"], ""), (["a="], ""), (["a@b@c=1"], ""),
            ([(0..<33).map { "k\($0)=1" }.joined(separator: ",")], ""),
            (["a=" + String(repeating: "x", count: 257)], ""),
            ([(0..<10).map { "k\($0)=" + String(repeating: "x", count: 60) }.joined(separator: ",")], ""),
        ] as [([String], String)])
    func `a state is passed on whole or not at all`(fields: [String], state: String) {
        #expect(read(Self.good, state: fields)?.state == state)
    }
}
