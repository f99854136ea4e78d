import ArgumentParser
import CFanOutBound
import Glibc

/// The bound of `fan-out`: a plain libcurl loop in C++, in a process of its own so that it can be pinned to a core.
struct PlainLoop: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks every cluster once in a plain libcurl multi loop and prints what it took.", shouldDisplay: false
    )

    @Option var endpoint: String
    @Option var inFlight: Int
    @Option var projectID: String
    @Option var accessKey: String
    @Option var secretKey: String
    @Argument var clusters: [String]

    func run() throws {
        let ids = clusters.map { UnsafePointer(strdup($0)) }
        defer { for id in ids { free(UnsafeMutablePointer(mutating: id)) } }
        var state: UnsafeMutableRawPointer?
        defer { cfanout_free(state) }
        let result = endpoint.withCString { endpoint in
            projectID.withCString { project in
                accessKey.withCString { accessKey in
                    secretKey.withCString { secretKey in
                        ids.withUnsafeBufferPointer { ids in
                            var options = cfanout_options()
                            options.endpoint = endpoint
                            options.cluster_ids = ids.baseAddress
                            options.cluster_count = ids.count
                            options.project_id = project
                            options.access_key = accessKey
                            options.secret_key = secretKey
                            options.in_flight = inFlight
                            // The first pass opens the connections, which the gateway has open as well.
                            _ = cfanout_run(&options, &state)
                            return cfanout_run(&options, &state)
                        }
                    }
                }
            }
        }
        print("\(result.wall_seconds) \(result.cpu_seconds) \(result.rows) \(result.failed)")
    }
}
