import Foundation
import GatewayTestKit
import Simulation
import Testing
import Timing

/// SIGTERM, at instants nobody chose, to the process as it is shipped: it ends with 0, however busy it is.
///
/// `RELEASE_GATEWAY_SIGTERMS` rounds under load (100 without), and a tenth of that in each other condition.
@Suite(.serialized) struct SigtermTests {
    static let everyRound = testSigterms()
    static let fewRounds = max(everyRound / 10, 1)

    @Test func `under load it ends with 0`() async throws {
        try await Stops.rounds(Self.everyRound, "under load") { stops, generator in
            let command = try stops.start(&generator)
            return try await stops.load(command, &generator)
        }
    }

    @Test func `while it starts it ends with 0`() async throws {
        try await Stops.rounds(Self.fewRounds, "while it starts") { stops, generator in
            let command = try stops.start(&generator)
            let pid = command.process.processIdentifier
            try await Stops.untilSignalsAreTaken(pid)
            for _ in 0..<Int.random(in: 0...400, using: &generator) { _ = Stops.status(of: pid) }
            kill(pid, SIGTERM)
            return try await command.finish(patience: Stops.patience)
        }
    }

    @Test func `with upstream calls that hang it ends with 0`() async throws {
        try await Stops.rounds(Self.fewRounds, "hung upstream calls") { stops, generator in
            let command = try stops.start(&generator)
            let port = try await stops.ready(command)
            stops.fleet.setFault(generator.chance(50) ? .hang : .hangMidBody, on: .everyCluster)
            defer { stops.fleet.clearFaults() }
            let before = stops.fleet.calls.total
            let reader = try await onThread {
                let client = try RawClient(port: port)
                try client.send("GET /releases?max_age=0&wait=5s HTTP/1.1\r\nHost: test\r\n\r\n")
                return client
            }
            _ = try await eventually { stops.fleet.calls.total > before ? true : nil }
            kill(command.process.processIdentifier, SIGTERM)
            let ending = try await command.finish(patience: Stops.patience)
            reader.closeNow()
            return ending
        }
    }

    @Test func `with a reader who never reads it ends with 0`() async throws {
        try await Stops.rounds(Self.fewRounds, "never-reading clients", releases: 100) { stops, generator in
            let command = try stops.start(&generator)
            let port = try await stops.ready(command)
            let readers = try await onThread {
                try (0..<3).map { _ in
                    let client = try RawClient(port: port, receiveBuffer: 1024)
                    // More answers than its buffer and ours take together.
                    for _ in 0..<20 {
                        try client.send("GET /releases?page_size=500 HTTP/1.1\r\nHost: test\r\n\r\n")
                    }
                    return client
                }
            }
            let ending = try await stops.load(command, &generator)
            for reader in readers { reader.closeNow() }
            return ending
        }
    }

    @Test func `with exports under way it ends with 0`() async throws {
        try await Stops.rounds(Self.fewRounds, "exports under way", releases: 500) { stops, generator in
            let command = try stops.start(&generator)
            let port = try await stops.ready(command)
            let formats = ["ndjson", "csv&order_by=name", "ndjson&view=full"]
            // They never read: what is sent waits in them, and the rest is not made.
            let readers = try await onThread {
                try formats.map { format in
                    let client = try RawClient(port: port, receiveBuffer: 1024)
                    try client.send("GET /releases?format=\(format) HTTP/1.1\r\nHost: test\r\n\r\n")
                    return client
                }
            }
            let ending = try await stops.load(command, &generator)
            for reader in readers { reader.closeNow() }
            return ending
        }
    }

    @Test func `at a second signal it ends with 0`() async throws {
        try await Stops.rounds(Self.fewRounds, "a second signal") { stops, generator in
            // The second one comes at any time from the first to after the end.
            let pause = Int.random(in: 0...200, using: &generator)
            let command = try stops.start(&generator)
            return try await stops.load(command, &generator) { pid in
                kill(pid, SIGTERM)
                for _ in 0..<pause { _ = Stops.status(of: pid) }
                kill(pid, SIGTERM)
            }
        }
    }

    @Test func `as pid 1 of a namespace it ends with 0`() async throws {
        let launcher = try await Stops.namespaceLauncher()
        try await Stops.rounds(Self.fewRounds, "as pid 1") { stops, generator in
            let command = try stops.start(&generator, launcher: launcher)
            let pid = try await Stops.child(of: command.process.processIdentifier)
            let names = Stops.status(of: pid)["NSpid"]?.split(separator: "\t")
            #expect(names?.last == "1", "it is not pid 1 of a namespace: \(names ?? [])")
            if generator.chance(50) { return try await stops.load(command, pid: pid, &generator) }
            // While it starts; the system drops what comes to a pid 1 that has no handler for it.
            try await Stops.untilSignalsAreTaken(pid)
            kill(pid, SIGTERM)
            return try await command.finish(patience: Stops.patience)
        }
    }
}
