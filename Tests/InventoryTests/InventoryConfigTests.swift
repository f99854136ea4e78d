import CCE
import Settings
import Testing

@testable import Inventory

@Suite struct InventoryConfigTests {
    @Test func `everything has its default`() { #expect(InventoryConfig(reading: Section()) == InventoryConfig()) }

    @Test func `every key is read`() throws {
        let section = try Section(
            yaml: "{refreshInterval: 2m, maxAge: 3m, minRefreshInterval: 0s, staleLimit: 1h, values: drop}".utf8)
        let config = InventoryConfig(reading: section)
        #expect(section.problems.isEmpty)
        #expect(config.refreshInterval == .seconds(120) && config.maxAge == .seconds(180))
        #expect(config.minRefreshInterval == .zero && config.staleLimit == .seconds(3600))
        #expect(config.values == .drop)
    }

    @Test(arguments: [
        ("{refreshInterval: 10s, minRefreshInterval: 11s}", ["minRefreshInterval"]),
        ("{staleLimit: 30s}", ["staleLimit", "staleLimit"]), ("{values: hide}", ["values"]),
        ("{refreshInterval: 0s}", ["refreshInterval"]), ("{maxage: 1s}", ["maxage"]),
    ])
    func `what does not go together is a problem with its path`(yaml: String, paths: [String]) throws {
        let section = try Section(yaml: yaml.utf8)
        _ = InventoryConfig(reading: section)
        #expect(section.problems.map(\.path) == paths)
    }
}
