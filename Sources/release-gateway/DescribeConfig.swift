import ArgumentParser
import Gateway
import Platform

/// For `Scripts/config-docs` and `Scripts/chart-schema`.
struct DescribeConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe-config", abstract: "Prints every key of the configuration as a line of JSON.",
        shouldDisplay: false)

    func run() {
        for line in ConfigOutlineText.lines { Report.result(line) }
    }
}
