import ArgumentParser
import Gateway

/// One list of every Helm release on every CCE cluster.
@main
struct ReleaseGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release-gateway",
        abstract: "Serves one list of every Helm release on every Huawei Cloud CCE cluster.",
        discussion: """
            Exit codes: 0 asked to stop, 64 bad usage or configuration, 1 failed start (check: a cluster did not answer).
            Signals: SIGTERM and SIGINT end it gracefully, a second one without waiting; SIGHUP reads the configuration \
            again.
            """,
        version: GatewayVersion.current, subcommands: [Serve.self, Check.self, Healthcheck.self, DescribeConfig.self])
}

struct ConfigOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration, a YAML file.",
            discussion: "Default: \(ConfigSource.defaultPath), which may be missing.",
            valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Discovers all that the account can see in that region, where the configuration names no clusters.",
            discussion: "Several with commas between them, or all. With CLOUD_SDK_AK and CLOUD_SDK_SK, or "
                + "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, no configuration is needed.",
            valueName: "id"))
    var region: String?

    var source: ConfigSource { ConfigSource(path: config, region: region) }
}
