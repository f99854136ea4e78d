import ArgumentParser
import Gateway
import Platform
import Timing

struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck", abstract: "Asks a gateway that runs whether it is well: ends with 0, or with 1.")

    @OptionGroup var options: ConfigOptions

    @Option(
        help: ArgumentHelp(
            "What to ask; 200 is well.", discussion: "Default: /livez on the configuration's server.adminListen."))
    var url: String?

    @Option(
        help: "How long to wait for the answer, such as 500ms or 3s; at most 1m.",
        transform: { text in
            guard let duration = Duration(text: text), duration > .zero, duration <= .seconds(60) else {
                throw ValidationError("must be more than 0 and at most 1m, such as 500ms or 3s")
            }
            return duration
        })
    var timeout: Duration = .seconds(3)

    func run() async throws {
        let code = await check()
        ProcessSetup.end(code: code.rawValue)
    }

    private func check() async -> ExitCode {
        Setup.prepareProcess()
        do throws(HealthCheck.Failed) {
            try await HealthCheck(url: url ?? options.source.livenessURL, timeout: timeout).run()
            return .success
        } catch {
            Report.error("not well: \(error)")
            return .failure
        }
    }
}
