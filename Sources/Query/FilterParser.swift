extension FilterExpression {
    /// Reads a text in the language of `filter=`. Problems in what terms say are all reported; reading ends with the first
    /// in how they are joined.
    ///
    /// - Throws: at least one problem; each has a position, in bytes from 0 and at most the text's length.
    package init(filter text: String, limits: FilterLimits = .request) throws(InvalidParameters) {
        self = try FilterParser.parse(text, limits: limits).expression
    }
}

/// A deterministic subset of AIP-160:
///
///     filter = or_list | and_list            mixing AND and OR needs parentheses
///     term   = ["NOT" | "-"] ( "(" filter ")" | field op value | func )
///
/// Recursion is as deep as the parentheses, which are bounded.
struct FilterParser {
    var scanner: FilterScanner
    let limits: FilterLimits
    private(set) var problems: [ParameterProblem] = []
    private(set) var termCount = 0

    /// The text cannot be read any further; the reason is reported.
    struct Stop: Error {}

    static func parse(
        _ text: String, limits: FilterLimits = .request
    ) throws(InvalidParameters) -> (expression: FilterExpression, termCount: Int) {
        var parser = FilterParser(scanner: FilterScanner(text), limits: limits)
        let expression = try? parser.whole()
        guard let expression, parser.problems.isEmpty else { throw InvalidParameters(problems: parser.problems) }
        return (expression, parser.termCount)
    }

    private init(scanner: FilterScanner, limits: FilterLimits) {
        self.scanner = scanner
        self.limits = limits
    }

    // MARK: - Grammar

    private mutating func whole() throws(Stop) -> FilterExpression {
        guard scanner.bytes.count <= limits.bytes else {
            throw stop("longer than \(limits.bytes) bytes", at: limits.bytes, token: "")
        }
        let expression = try list(depth: 0)
        if !scanner.isAtEnd {
            throw stop("a parenthesis is closed that was not opened", at: scanner.index, hint: "AND, OR or the end")
        }
        return expression
    }

    /// Up to a closing parenthesis or the end.
    private mutating func list(depth: Int) throws(Stop) -> FilterExpression {
        var members = [try term(depth: depth)]
        var connective: Connective?
        while true {
            scanner.skipBlanks()
            if scanner.isAtEnd || scanner.byte == UInt8(ascii: ")") { break }
            let position = scanner.index
            guard let word = scanner.takeKeyword(["AND", "OR"]) else {
                let token = scanner.token(at: position)
                let isNear = ["and", "or", "&&", "||", "&", "|", ","].contains(token.lowercased())
                throw stop(
                    "AND, OR or the end was expected", at: position,
                    hint: isNear
                        ? (token.lowercased() == "or" || token.hasPrefix("|") ? "OR" : "AND")
                        : "AND or OR between terms")
            }
            let found: Connective = word == "AND" ? .and : .or
            if let connective, connective != found {
                throw stop(
                    "AND and OR are mixed", at: position, token: word,
                    hint: "parentheses: (a=1 AND b=2) OR c=3")
            }
            connective = found
            members.append(try term(depth: depth))
        }
        if members.count == 1 { return members[0] }
        return connective == .or ? .or(members) : .and(members)
    }

    private mutating func term(depth: Int) throws(Stop) -> FilterExpression {
        scanner.skipBlanks()
        let isNegated = scanner.takeKeyword(["NOT"]) != nil || scanner.take(UInt8(ascii: "-"))
        scanner.skipBlanks()
        let position = scanner.index
        let inner: FilterExpression
        if scanner.take(UInt8(ascii: "(")) {
            guard depth < limits.depth else {
                throw stop("more than \(limits.depth) parentheses within each other", at: position, token: "(")
            }
            inner = try list(depth: depth + 1)
            guard scanner.take(UInt8(ascii: ")")) else {
                throw stop("a parenthesis is not closed", at: position, token: "(", hint: "a closing one")
            }
        } else {
            inner = try restriction()
        }
        return isNegated ? .not(inner) : inner
    }

    /// `field op value`, or a function.
    private mutating func restriction() throws(Stop) -> FilterExpression {
        let position = scanner.index
        guard let name = try scanned({ scanner throws(FilterScanner.Fault) in try scanner.takeName() }),
            !FilterText.keywords.contains(name.text)
        else {
            throw stop("a field, a function or ( was expected", at: position, hint: "name=redis")
        }
        try countTerm(at: position)
        scanner.skipBlanks()
        if scanner.take(UInt8(ascii: "(")) { return try function(name) }
        guard let found = scanner.takeOperator() else {
            let isKnown = name.labelKey != nil || FilterField(name: name.text) != nil
            if isKnown {
                throw stop("an operator was expected", at: scanner.index, hint: "one of = != < <= > >= :")
            }
            throw stop(
                "a field and an operator were expected", at: position, token: name.text,
                hint: "name=redis, or q:redis for a word anywhere")
        }
        scanner.skipBlanks()
        let value = try scanned { scanner throws(FilterScanner.Fault) in try scanner.takeValue() }
        if value.byteCount > limits.valueBytes {
            report("a value is longer than \(limits.valueBytes) bytes", at: value.position, token: value.token)
            return .all
        }
        return expression(name, found, value)
    }

    /// Behind the opening parenthesis.
    private mutating func function(_ name: FilterScanner.Name) throws(Stop) -> FilterExpression {
        guard let function = FilterFunction(rawValue: name.text) else {
            throw stop(
                "unknown function", at: name.position, token: name.text,
                hint: NearestWord.to(name.text, among: FilterFunction.allCases.map(\.rawValue)))
        }
        var arguments: [FilterScanner.Value] = []
        scanner.skipBlanks()
        if !scanner.take(UInt8(ascii: ")")) {
            while true {
                scanner.skipBlanks()
                arguments.append(try scanned { scanner throws(FilterScanner.Fault) in try scanner.takeValue() })
                scanner.skipBlanks()
                if scanner.take(UInt8(ascii: ")")) { break }
                guard scanner.take(UInt8(ascii: ",")) else {
                    throw stop(", or ) was expected", at: scanner.index, hint: function.example)
                }
            }
        }
        return call(function, arguments, at: name.position)
    }

    // MARK: - What the files of terms and functions use

    mutating func report(_ detail: String, at position: Int, token: String, hint: String? = nil) {
        if problems.count >= ListParser.problemLimit { return }
        problems.append(
            ParameterProblem(
                parameter: ListParameter.filter.rawValue, detail: detail, position: position,
                token: token.cut(toBytes: 64), hint: hint))
    }

    /// One more that must be evaluated.
    mutating func countTerm(at position: Int) throws(Stop) {
        termCount += 1
        if termCount > limits.terms { throw stop("more than \(limits.terms) terms", at: position) }
    }

    // MARK: -

    /// - Parameter token: what stands at the position, when left out.
    private mutating func stop(_ detail: String, at position: Int, token: String? = nil, hint: String? = nil) -> Stop {
        report(detail, at: position, token: token ?? scanner.token(at: position), hint: hint)
        return Stop()
    }

    private mutating func scanned<Result>(
        _ take: (inout FilterScanner) throws(FilterScanner.Fault) -> Result
    ) throws(Stop) -> Result {
        do throws(FilterScanner.Fault) {
            return try take(&scanner)
        } catch {
            throw stop(error.detail, at: error.position, hint: error.hint)
        }
    }
}
