import ReleaseModel
import Timing

extension ListRequest {
    /// Reads the parameters of `GET /releases`. Every problem is reported at once, in the order of the query.
    ///
    /// Bounds on what one question may cost: 128 parameters, 64 terms, 256 values, 256 bytes a value.
    package init(parameters: [(name: String, value: String)]) throws(InvalidParameters) {
        var parser = ListParser()
        for (name, value) in parameters { parser.read(name, value) }
        self = try parser.finished()
    }

    /// What a page token is bound to and an ETag covers: the selection and `chart_id`.
    package var canonical: String { selection.canonical + (chartID.map { " chart_id \($0.quoted)" } ?? "") }

    /// What `GET /releases` without a parameter asks.
    package static let standard = ListRequest(
        selection: Selection(filter: .all, order: SortKey.standard), pageSize: standardPageSize, pageToken: nil,
        view: .basic, fields: nil, facets: [], maxAge: nil, wait: nil, onMissing: .stale, require: .any,
        coverage: .problems, explains: false, format: nil, chartID: nil, warnings: [])

    package static let standardPageSize = 50
    package static let pageSizeLimit = 500
    package static let facetLimit = 5
}

/// Collects what the parameters say, one after the other.
struct ListParser {
    var request = ListRequest.standard
    private(set) var terms: [FilterExpression] = []
    private(set) var problems: [ParameterProblem] = []
    private var seen: Set<ListParameter> = []
    private var parameterCount = 0
    private var termCount = 0
    private var valueCount = 0

    static let parameterLimit = 128
    static let termLimit = 64
    static let valueLimit = 256
    /// Enough for anyone to read; what is wrong beyond is found with the next try.
    static let problemLimit = 64

    mutating func read(_ name: String, _ value: String) {
        parameterCount += 1
        if parameterCount == Self.parameterLimit + 1 {
            report(name.cut(toBytes: 64), "more than \(Self.parameterLimit) parameters")
        }
        guard parameterCount <= Self.parameterLimit, problems.count < Self.problemLimit else { return }
        if let key = LabelKey(field: name) {
            readLabel(name, value, key)
            return
        }
        guard let parameter = ListParameter(rawValue: name) else {
            let known = ListParameter.allCases.map(\.rawValue) + [QueryField.labelName]
            let token = name.cut(toBytes: 64)
            report(token, "unknown parameter", token: token, hint: NearestWord.to(name, among: known))
            return
        }
        if !seen.insert(parameter).inserted, !parameter.isRepeatable {
            report(name, "given more than once", hint: "give \(name) once")
        } else if value.isEmpty {
            report(name, "the value is empty", position: 0, token: "", hint: "leave the parameter out")
        } else {
            read(parameter, value)
        }
    }

    /// The request, when nothing was wrong.
    func finished() throws(InvalidParameters) -> ListRequest {
        guard problems.isEmpty else { throw InvalidParameters(problems: problems) }
        var request = request
        request.selection.filter = FilterExpression.and(terms).normalized()
        return request
    }

    private mutating func read(_ parameter: ListParameter, _ value: String) {
        let name = parameter.rawValue
        switch parameter {
        case .cluster: readText(name, value, .cluster)
        case .clusterID: readText(name, value, .clusterID)
        case .clusterName: readText(name, value, .clusterName)
        case .region: readText(name, value, .region)
        case .projectID: readText(name, value, .projectID)
        case .namespace: readText(name, value, .namespace)
        case .name: readText(name, value, .name)
        case .chartName: readText(name, value, .chartName)
        case .chartPublic: readChartPublic(name, value)
        case .chartID: readChartID(name, value)
        case .chartVersion: readChartVersion(name, value)
        case .status: readStatus(name, value)
        case .version: readRevision(name, value)
        case .updatedAfter: readTime(name, value, .updateAt, .newer)
        case .updatedBefore: readTime(name, value, .updateAt, .older)
        case .createdAfter: readTime(name, value, .createAt, .newer)
        case .createdBefore: readTime(name, value, .createAt, .older)
        case .stuckFor: if let duration = duration(name, value) { add(.term(.stuck(duration)), name) }
        case .q: readWords(name, value)
        case .filter: readFilter(name, value)
        case .orderBy: readOrder(name, value)
        case .pageSize: readPageSize(name, value)
        case .pageToken: request.pageToken = value
        case .view: if let view: ListRequest.View = choice(name, value) { request.view = view }
        case .fields: readFields(name, value)
        case .facets: request.facets = countedFields(name, value, limit: ListRequest.facetLimit) { $0.isFacet }
        case .maxAge: request.maxAge = duration(name, value)
        case .wait: request.wait = duration(name, value)
        case .onMissing: if let rule: ListRequest.OnMissing = choice(name, value) { request.onMissing = rule }
        case .require: readRequirement(name, value)
        case .coverage: if let detail: ListRequest.CoverageDetail = choice(name, value) { request.coverage = detail }
        case .explain: readExplain(name, value)
        case .format: readFormat(name, value)
        }
    }

    // MARK: - What the parameter files use

    mutating func report(
        _ parameter: String, _ detail: String, position: Int? = nil, token: String? = nil, hint: String? = nil
    ) {
        if problems.count >= Self.problemLimit { return }
        problems.append(
            ParameterProblem(
                parameter: parameter, detail: detail, position: position, token: token?.cut(toBytes: 64), hint: hint))
    }

    mutating func warn(_ code: String, _ message: String) {
        if request.warnings.contains(where: { $0.code == code }) { return }
        request.warnings.append(ListRequest.Warning(code: code, message: message))
    }

    /// One more thing that must hold, of as many terms. Too many are one problem, not many.
    mutating func add(_ term: FilterExpression, _ name: String, terms count: Int = 1) {
        let before = termCount
        termCount += count
        if termCount <= Self.termLimit {
            terms.append(term)
        } else if before <= Self.termLimit {
            report(name, "more than \(Self.termLimit) terms in all")
        }
    }

    /// What another parser found.
    mutating func report(_ found: [ParameterProblem]) {
        problems += found.prefix(max(0, Self.problemLimit - problems.count))
    }

    /// The list's items; nil when it has a fault, which is then reported.
    mutating func list(_ name: String, _ value: String) -> ValueList? {
        var faults: [ValueList.Fault] = []
        let list = ValueList(value, faults: &faults)
        for fault in faults {
            report(name, fault.detail, position: fault.position, token: fault.token, hint: fault.hint)
        }
        let before = valueCount
        valueCount += list.items.count
        if valueCount > Self.valueLimit {
            if before <= Self.valueLimit { report(name, "more than \(Self.valueLimit) values in all") }
            return nil
        }
        return faults.isEmpty ? list : nil
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ value: String) -> Choice?
    where Choice.RawValue == String {
        if let choice = Choice(rawValue: value) { return choice }
        let known = Choice.allCases.map(\.rawValue)
        report(
            name, "not one of \(known.joined(separator: ", "))", position: 0, token: value,
            hint: NearestWord.to(value, among: known))
        return nil
    }

    mutating func duration(_ name: String, _ value: String) -> Duration? {
        if let duration = Duration(text: value) { return duration }
        report(
            name, "not a duration", position: 0, token: value,
            hint: "a whole number and a unit: 15m, 24h, 7d (ms, s, m, h, d, w)")
        return nil
    }
}
