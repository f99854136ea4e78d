import Query
import Testing

/// The table of fields says what the parser, the order and the counts do.
@Suite struct QueryFieldTests {
    private func problems(_ parameters: [(name: String, value: String)]) -> [ParameterProblem] {
        do throws(InvalidParameters) {
            _ = try ListRequest(parameters: parameters)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `a field sorts if and only if the table says so`() throws {
        for field in QueryField.all {
            #expect(problems([("order_by", "\(field.name) desc")]).isEmpty == (field.sort != nil), "\(field.name)")
            #expect(field.sort.map(\.rawValue) ?? field.name == field.name)
        }
        #expect(Set(QueryField.all.compactMap(\.sort)) == Set(SortField.allCases))
    }

    @Test func `a field is a facet or a group if and only if the table says so`() throws {
        for field in QueryField.all {
            let name = field.name == QueryField.labelName ? "label.env" : field.name
            #expect(problems([("facets", name)]).isEmpty == field.isFacet, "\(name)")
            #expect((CountedField(name) != nil) == (field.counted != nil), "\(name)")
            #expect(field.counted.map(\.text) ?? field.name == field.name)
            let summary = try? SummaryRequest(parameters: [("group_by", name)])
            #expect((summary != nil) == (field.counted != nil), "\(name)")
            let values = try? FieldValuesRequest(field: name, parameters: [])
            #expect((values != nil) == (field.counted != nil), "\(name)")
            #expect(!field.isFacet || field.counted != nil)
        }
        #expect(
            Set(QueryField.all.filter(\.isFacet).map(\.name)) == [
                "cluster_id", "region", "label.<key>", "namespace", "chart_name", "chart_version", "status",
            ])
    }

    @Test func `a field's example is taken by the parameter of its name`() throws {
        for field in QueryField.all {
            let name = field.name == QueryField.labelName ? "label.env" : field.name
            let own = field.parameters.first { $0.rawValue == name }?.rawValue ?? (name == "label.env" ? name : nil)
            guard let parameter = own ?? field.parameters.first?.rawValue else { continue }  // `filter` takes it
            let value = parameter == "stuck_for" ? "15m" : field.example
            #expect(problems([(parameter, value)]).isEmpty, "\(parameter)=\(value)")
        }
    }

    @Test func `every field is one that filters can name`() {
        for field in QueryField.all {
            let name = field.name == QueryField.labelName ? "label.env" : field.name
            for operation in ["=", "!=", "<", "<=", ">=", ">", ":"] {
                let value = operation == ":" ? "*" : "\"\(field.example)\""
                let isTaken = field.filtered.operators.contains(operation)
                #expect(problems([("filter", "\(name)\(operation)\(value)")]).isEmpty == isTaken, "\(name)\(operation)")
            }
            #expect(problems([("filter", "NOT \(name):*")]).isEmpty, "\(name)")
        }
        #expect(problems([("filter", "label.<key>=a")]).first?.token == "label.<key>=a")
    }

    @Test func `every parameter that filters stands at a field`() {
        let others: Set<ListParameter> = [
            .chartID, .orderBy, .pageSize, .pageToken, .view, .fields, .facets, .maxAge, .wait, .onMissing, .require,
            .coverage, .explain, .filter, .format,
        ]
        #expect(Set(QueryField.all.flatMap(\.parameters)) == Set(ListParameter.allCases).subtracting(others))
    }

    @Test(arguments: [
        ("facets", "status,region,namespace,chart_name,chart_version,cluster_id", "more than 5 fields", "cluster_id"),
        ("facets", "status, stats", "cannot be counted by", "stats"),
        ("facets", "status,status", "counted by twice", "status"),
        ("facets", "name", "cannot be counted by", "name"), ("facets", "label.", "cannot be counted by", "label."),
        ("facets", "status,,region", "a field is empty", ""), ("facets", "", "the value is empty", ""),
        ("order_by", "label.env", "cannot be sorted by", "label.env"),
    ])
    func `what is wrong with a list of fields is named`(
        name: String, value: String, detail: String, token: String
    ) throws {
        let problem = try #require(problems([(name, value)]).first)
        #expect(problem.detail == detail)
        #expect(problem.token == token)
    }

    @Test func `hints name what can be counted`() throws {
        #expect(problems([("facets", "stats")]).first?.hint == "status")
        #expect(problems([("facets", "regions")]).first?.hint == "region")
        #expect(problems([("facets", "update_at")]).first?.hint != "update_at")
        #expect(problems([("facets", "status"), ("facets", "region")]).first?.detail == "given more than once")
    }

    @Test func `a summary is asked for by one to three fields, and all that is wrong is told at once`() {
        func problems(_ parameters: [(name: String, value: String)]) -> [String] {
            do throws(InvalidParameters) {
                _ = try SummaryRequest(parameters: parameters)
                return []
            } catch {
                return error.problems.map { "\($0.parameter): \($0.detail)" }
            }
        }
        #expect(problems([("group_by", "status,label.env,name"), ("status", "FAILED")]).isEmpty)
        #expect(problems([("status", "FAILED")]) == ["group_by: is required"])
        #expect(problems([("group_by", "a,b,c,d")]) == ["group_by: more than 3 fields"])
        #expect(
            problems([("group_by", "stat"), ("status", "failed!x"), ("group_by", "name")]) == [
                "group_by: cannot be counted by", "status: unknown status", "group_by: given more than once",
            ])
    }

    @Test func `the values of a field are asked for by its name`() {
        func problems(_ field: String, _ parameters: [(name: String, value: String)] = []) -> [ParameterProblem] {
            do throws(InvalidParameters) {
                _ = try FieldValuesRequest(field: field, parameters: parameters)
                return []
            } catch {
                return error.problems
            }
        }
        #expect(problems("chart_name", [("prefix", "Ma"), ("region", "cn-*")]).isEmpty)
        #expect(problems("chart_nam").first?.detail == "unknown field")
        #expect(problems("chart_nam").first?.hint == "chart_name")
        #expect(problems("update_at").first?.detail == "its values are not counted")
        #expect(problems("name", [("prefix", "")]).first?.detail == "the value is empty")
        #expect(problems("name", [("prefix", "a"), ("prefix", "b")]).first?.detail == "given more than once")
        #expect(
            problems("name", [("prefix", String(repeating: "a", count: 257))]).first?.detail == "longer than 256 bytes")
    }
}
