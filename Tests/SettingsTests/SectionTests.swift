import Settings
import Testing

/// Reads as a module would: every kind of value once.
private struct Sample: Equatable {
    enum Mode: String, CaseIterable { case redact, drop, keep }
    var name = "none"
    var count = 5
    var isOpen = false
    var pause = Duration.seconds(10)
    var size = 1 << 20
    var mode = Mode.redact
    var modes: [Mode] = [.drop]
    var words: [String] = []
    var labels: [String: String] = [:]
    var key: SecretReference?
    var inner = 1
    var items: [String] = []

    init() {}
    init(reading section: Section) {
        name = section.string("name", default: name)
        count = section.integer("count", default: count, in: 1...1024)
        isOpen = section.boolean("isOpen", default: isOpen)
        pause = section.duration("pause", default: pause, in: .milliseconds(500)...(.seconds(3600)))
        size = section.byteCount("size", default: size, in: 1024...1 << 30)
        mode = section.choice("mode", default: mode)
        modes = section.choices("modes", default: modes)
        words = section.strings("words")
        labels = section.map("labels")
        key = section.secret("key")
        inner = section.section("inner").integer("depth", default: inner, in: 0...9)
        items = section.sections("items").map { $0.requiredString("id") ?? "?" }
    }
}

@Suite struct SectionTests {
    private func read(_ text: String) throws -> (sample: Sample, problems: [String]) {
        let section = try Section(yaml: text.utf8)
        let sample = Sample(reading: section)
        return (sample, section.problems.map(\.description))
    }

    @Test(arguments: ["", "{}", "~", "name: null\ncount:\ninner: ~\nitems: null\nkey:\nmodes:\n"])
    func `what is missing or null gives the default and no problem`(text: String) throws {
        let (sample, problems) = try read(text)
        #expect(sample == Sample())
        #expect(problems == [])
    }

    @Test func `every kind of value is read`() throws {
        let (sample, problems) = try read(
            """
            name: 42
            count: 1024
            isOpen: true
            pause: 500ms
            size: 64KiB
            mode: keep
            modes: [redact, keep]
            words: [a, "2", 3]
            labels: {env: prod, on: yes, "x/y": 1}
            key: {file: /run/secrets/sk}
            inner: {depth: 9}
            items: [{id: "1"}, {id: 2}]
            """)
        #expect(problems == [])
        #expect((sample.name, sample.count, sample.isOpen, sample.pause) == ("42", 1024, true, .milliseconds(500)))
        #expect((sample.size, sample.mode, sample.modes) == (65_536, .keep, [.redact, .keep]))
        #expect(sample.words == ["a", "2", "3"])
        #expect(sample.labels == ["env": "prod", "on": "yes", "x/y": "1"])
        #expect((sample.key, sample.inner, sample.items) == (.file("/run/secrets/sk"), 9, ["1", "2"]))
    }

    @Test(arguments: [
        ("name: [a]", "name (line 1, column 7): must be text, is a list"),
        ("count: many", #"count (line 1, column 8): must be a whole number, is "many""#),
        ("count: 0", "count (line 1, column 8): must be 1 to 1024, is 0"),
        ("count: '7'", #"count (line 1, column 8): must be a whole number, is the text "7""#),
        ("count: 0x10", #"count (line 1, column 8): must be a whole number, is "0x10""#),
        ("count: 010", #"count (line 1, column 8): must be a whole number, is "010""#),
        ("count: 1_000", #"count (line 1, column 8): must be a whole number, is "1_000""#),
        ("count: +7", #"count (line 1, column 8): must be a whole number, is "+7""#),
        ("count: 1.0", #"count (line 1, column 8): must be a whole number, is "1.0""#),
        (
            "count: 99999999999999999999",
            #"count (line 1, column 8): must be a whole number, is "99999999999999999999""#
        ),
        ("isOpen: on", #"isOpen (line 1, column 9): must be true or false, is "on""#),
        ("isOpen: yes", #"isOpen (line 1, column 9): must be true or false, is "yes""#),
        ("isOpen: 'true'", #"isOpen (line 1, column 9): must be true or false, is the text "true""#),
        (
            "pause: 10",
            #"pause (line 1, column 8): must be a duration such as 500ms, 10s, 5m, 24h or 7d, is "10""#
        ),
        ("pause: 2d", "pause (line 1, column 8): must be 500ms to 1h, is 2d"),
        (
            "size: 1.5GiB",
            #"size (line 1, column 7): must be a size such as 512, 64KiB, 32MiB, 1GiB or 10MB, is "1.5GiB""#
        ),
        ("size: 512", "size (line 1, column 7): must be 1KiB to 1GiB, is 512"),
        ("mode: none", #"mode (line 1, column 7): must be one of redact, drop, keep, is "none""#),
        ("modes: [keep, x]", #"modes[1] (line 1, column 15): must be one of redact, drop, keep, is "x""#),
        ("modes: keep", "modes (line 1, column 8): must be a list, is text"),
        ("words: [a, {}]", "words[1] (line 1, column 12): must be text, is a mapping"),
        ("words: [a, ~]", "words[1] (line 1, column 12): must be text, is null"),
        ("labels: [a]", "labels (line 1, column 9): must be a mapping, is a list"),
        ("labels: {a.b: []}", #"labels."a.b" (line 1, column 15): must be text, is a list"#),
        ("inner: [1]", "inner (line 1, column 8): must be a mapping, is a list"),
        ("inner: {depth: 10}", "inner.depth (line 1, column 16): must be 0 to 9, is 10"),
        ("items: {id: 1}", "items (line 1, column 8): must be a list, is a mapping"),
        ("items: [{id: a}, b]", "items[1] (line 1, column 18): must be a mapping, is text"),
        ("items: [{id: a}, {}]", "items[1].id (line 1, column 18): is missing"),
        ("items: [{id: ''}]", "items[0].id (line 1, column 14): must not be empty"),
        ("items: [{id: []}]", "items[0].id (line 1, column 14): must be text, is a list"),
        ("nmae: x", "nmae (line 1, column 1): unknown key; did you mean name?"),
        ("Name: x", "Name (line 1, column 1): unknown key; did you mean name?"),
        ("inner: {dept: 1}", "inner.dept (line 1, column 9): unknown key; did you mean depth?"),
        ("items: [{id: a, zzz: 1}]", "items[0].zzz (line 1, column 17): unknown key; known are id"),
        (
            "mode: \"a\\nb\\u2028\\e[1m\\\"\"",
            #"mode (line 1, column 7): must be one of redact, drop, keep, is the text "a\nb\u{2028}\u{1b}[1m\"""#
        ),
    ])
    func `a bad value gives the default and one problem that says where, what and what instead`(
        text: String, problem: String
    ) throws {
        let (sample, problems) = try read(text)
        #expect(problems == [problem])
        var expected = Sample()
        expected.modes = sample.modes
        expected.words = sample.words
        expected.items = sample.items
        #expect(sample == expected)
    }

    @Test(arguments: [
        ("key: AKEXAMPLESECRET", "must be {env: NAME} or {file: PATH}: secrets are given by reference only"),
        ("key: [AKEXAMPLESECRET]", "must be {env: NAME} or {file: PATH}: secrets are given by reference only"),
        ("key: {value: AKEXAMPLESECRET}", "must be {env: NAME} or {file: PATH}, with one of the two"),
        ("key: {env: A, file: AKEXAMPLESECRET}", "must be {env: NAME} or {file: PATH}, with one of the two"),
        ("key: {env: AKEXAMPLE SECRET}", "env must be letters, digits and _, and not begin with a digit"),
        ("key: {file: }", "must be {env: NAME} or {file: PATH}, with a name or a path"),
        ("key: {file: [AKEXAMPLESECRET]}", "must be {env: NAME} or {file: PATH}, with a name or a path"),
        ("key: {}", "must be {env: NAME} or {file: PATH}, with one of the two"),
    ])
    func `a secret is taken by reference only and what stands there is not shown`(text: String, detail: String) throws {
        let (sample, problems) = try read(text)
        #expect(sample.key == nil)
        #expect(problems == ["key (line 1, column 6): \(detail)"])
        #expect(!problems.joined().contains("AKEXAMPLE"))
    }

    @Test func `a text in the place of a list or mapping is not shown, it may be a secret`() throws {
        let (_, problems) = try read("items: [AKEXAMPLESECRET]\ninner: AKEXAMPLESECRET\nlabels: AKEXAMPLESECRET")
        #expect(problems.count == 3)
        #expect(!problems.joined().contains("AKEXAMPLE"))
    }

    @Test func `all problems come at once, in the order of the file`() throws {
        let (_, problems) = try read("mode: x\nwhat: 1\nitems:\n- {}\ncount: 0\ncount: 1\n")
        #expect(
            problems.map { String($0.prefix { $0 != " " }) } == ["mode", "what", "items[0].id", "count", "count"])
    }

    @Test func `reading a key twice tells its problem once, and a report adds nothing to it`() throws {
        let section = try Section(yaml: "count: x\n".utf8)
        for _ in 0..<2 { #expect(section.integer("count", default: 3, in: 0...9) == 3) }
        section.report("is missing", at: "count")
        section.report("belongs to nothing")
        section.report("is missing", at: "other")
        #expect(
            section.problems.map(\.description) == [
                "belongs to nothing (line 1, column 1)", "other (line 1, column 1): is missing",
                #"count (line 1, column 8): must be a whole number, is "x""#,
            ])
    }

    @Test func `a file that is no mapping is refused`() {
        let error = #expect(throws: InvalidConfig.self) { try Section(yaml: "- a\n- b\n".utf8) }
        #expect(error?.problems.map(\.description) == ["must be a mapping, is a list (line 1, column 1)"])
    }
}
