import Gateway
import Platform
import Settings

/// What the commands print. Problems go to stderr, results to stdout.
enum Report {
    /// One line each: file, path, place and what is wrong.
    static func problems(_ problems: [Problem], of source: ConfigSource) {
        for problem in problems { error("\(source.path): \(problem)") }
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        error("\(count); nothing was started")
    }

    static func error(_ text: String) { StandardStreams.write(line(text), to: .error) }
    static func result(_ text: String) { StandardStreams.write(line(text), to: .output) }

    /// A key or a value of the file cannot begin a line of its own here.
    private static func line(_ text: String) -> [UInt8] {
        Array((PrintableText.withoutControls(text) + "\n").utf8)
    }
}
