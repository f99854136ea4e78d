import ArgumentParser
import CPageBound
import Foundation

/// The bound of `pages`: libmicrohttpd in C with one answer made beforehand, in a process of its own so that it can be
/// held to a core.
struct PageBound: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answers everything with one body, until the process is ended.", shouldDisplay: false)

    @Option var port: UInt16
    @Option(help: "A file.") var body: String
    @Argument(help: "Field lines, name: value.") var fields: [String]

    func run() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: body)))
        // They live as long as the process.
        let texts: [UnsafePointer<CChar>?] = fields.flatMap { line in
            line.split(separator: ":", maxSplits: 1)
                .map { UnsafePointer(strdup($0.trimmingCharacters(in: .whitespaces))) }
        }
        let code = bytes.withUnsafeBufferPointer { bytes in
            texts.withUnsafeBufferPointer { texts in
                var answer = cpagebound_answer()
                answer.body = bytes.baseAddress
                answer.body_size = bytes.count
                answer.fields = texts.baseAddress
                answer.field_count = texts.count / 2
                return cpagebound_serve(port, &answer)
            }
        }
        throw ExitCode(code)
    }
}
