/// One thing that is wrong with the configuration. The text never holds a secret's value.
package struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// `clusters[3].region`, as a user would write it.
    package let path: String
    /// What was expected, and what was found where that is no secret.
    package let detail: String
    /// Where in the file, counted from 1; nil when it is not about one place.
    package let position: Position?

    package struct Position: Equatable, Sendable {
        package let line: Int
        package let column: Int
        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }
    package init(path: String, detail: String, position: Position? = nil) {
        self.path = path
        self.detail = detail
        self.position = position
    }
    package var description: String {
        let place = position.map { " (line \($0.line), column \($0.column))" } ?? ""
        return path.isEmpty ? "\(detail)\(place)" : "\(path)\(place): \(detail)"
    }
}

/// Every problem of one configuration, at least one.
package struct InvalidConfig: Error, Equatable {
    package let problems: [Problem]
    package init(problems: [Problem]) { self.problems = problems }
}
