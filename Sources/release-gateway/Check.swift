import ArgumentParser
import Gateway
import Logging
import Platform
import Settings

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a configuration and prints every problem with its path.")

    @OptionGroup var options: ConfigOptions
    @Flag(help: "Asks each cluster once and prints a table.") var probe = false

    func run() async throws {
        let code = await check()
        ProcessSetup.end(code: code.rawValue)
    }

    private func check() async -> ExitCode {
        Setup.prepareProcess()
        let source = options.source
        let config: GatewayConfig
        do throws(InvalidConfig) { config = try source.load() } catch {
            Report.problems(error.problems, of: source)
            return .validationFailure
        }
        guard probe else {
            Report.result("The configuration is good: \(config.summary)")
            return .success
        }
        do throws(GatewayStartError) {
            let result = try await Probe(
                config, secrets: source.secrets,
                logger: Logger(label: "probe") { _ in
                    SwiftLogNoOpLogHandler()
                }
            ).run()
            for line in result.table { Report.result(line) }
            return result.allAnswered ? .success : .failure
        } catch {
            Report.error("\(error)")
            return .failure
        }
    }
}
