import Foundation
import Gateway
import GatewayTestKit
import Settings
import Testing

@Suite struct DescribeConfigTests {
    /// `whole.good.yaml` has every key; what is described is that, and nothing else.
    @Test func `what is described is what a whole configuration has`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/whole.good.yaml")
        let root = try #require(YAMLDocument(parsing: try Data(contentsOf: file)).root)
        var paths: Set<String> = []
        func collect(_ node: YAMLNode, at path: String) {
            switch node.content {
            case .mapping(let members)
            where members.contains { ["env", "file"].contains($0.key) } && members.count == 1:
                paths.insert(path)
            case .mapping(let members) where [".labels", ".tags", ".claims"].contains(where: path.hasSuffix):
                #expect(!members.isEmpty)
                paths.insert(path)
            case .mapping(let members):
                for member in members { collect(member.value, at: path.isEmpty ? member.key : "\(path).\(member.key)") }
            case .sequence(let items):
                paths.insert(path)
                for case let item in items { if case .mapping = item.content { collect(item, at: "\(path)[]") } }
            case .scalar: paths.insert(path)
            }
        }
        collect(root, at: "")
        #expect(Set(ConfigOutlineText.keys.map(\.path)) == paths)
    }

    @Test func `describe-config prints a line of JSON for each key`() throws {
        let result = try Command.run(["describe-config"])
        #expect(result.code == 0)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines == ConfigOutlineText.lines)
        #expect(
            lines.contains(
                #"{"path":"upstream.retries","form":"integer","minimum":"0","maximum":"5","default":"1"}"#))
    }
}
