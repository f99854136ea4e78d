import ArgumentParser
import Gateway
import Logging
import Platform
import Settings
import Timing

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the gateway until it is asked to stop.")

    @OptionGroup var options: ConfigOptions
    @Option(help: "What is logged: debug, info, warning or error. Goes before logging.level of the configuration.")
    var logLevel: LogLevel?

    func run() async throws {
        Setup.prepareProcess()
        let sink = LineSink(descriptor: 2)
        let control = LogControl(level: logLevel?.level)
        let logger = Logger(label: "gateway") { LineLogHandler(label: $0, control: control, sink: sink) }
        let code = await serve(logger, control, sink)
        // A reader of the log that has stopped reading cannot keep the process.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sink.flushed() }
            group.addTask { try? await SystemTime().sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
        ProcessSetup.end(code: code.rawValue)
    }

    private func serve(_ logger: Logger, _ control: LogControl, _ sink: LineSink) async -> ExitCode {
        // Before the configuration, which may be long to read: who asks us to stop meanwhile is heard.
        let signals = await ProcessSignals()
        let source = options.source
        let config: GatewayConfig
        do throws(InvalidConfig) { config = try source.load() } catch {
            Report.problems(error.problems, of: source)
            return .validationFailure
        }
        do throws(GatewayStartError) {
            let gateway = Gateway(
                config, source: source, logControl: control, linesLost: { sink.dropped }, logger: logger)
            try await gateway.runUntilSignalled(signals)
            return .success
        } catch {
            logger.critical("start failed", metadata: ["doing": "\(error.doing)", "detail": "\(error.detail)"])
            return .failure
        }
    }
}

typealias LogLevel = LoggingConfig.Level
extension LogLevel: ExpressibleByArgument {}
