import ArgumentParser
import Inbound
import Simulation
import Timing

struct GenerateConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a gateway configuration that lists the clusters of the fleet with the same arguments.",
        discussion: "Keys are not in it: the gateway reads CLOUD_SDK_AK and CLOUD_SDK_SK.")

    @OptionGroup var fleet: FleetArguments
    @Flag(help: "Let the gateway discover the clusters instead of listing them.") var discovery = false

    func run() async throws {
        // Cluster ids do not depend on releases, which would take a while to make.
        var options = fleet.options
        options.releases = 0
        options.valuesBytes = 0
        let fleet = SimulatedFleet(options, time: SystemTime())
        print(fleet.gatewayConfig(endpoint: "http://\(self.fleet.listen)", usesDiscovery: discovery), terminator: "")
    }
}
