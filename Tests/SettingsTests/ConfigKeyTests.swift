import Settings
import Testing

@Suite struct ConfigKeyTests {
    private enum Colour: String, CaseIterable { case red, green }

    @Test func `readers tell every key, also of lists and of what is read only when it is there`() {
        let keys = Section.keys { root in
            let section = root.section("a")
            _ = section.integer("count", default: 3, in: 1...9)
            _ = section.duration("pause", default: .seconds(90), in: .zero...(.seconds(3600)))
            _ = section.byteCount("size", default: 1 << 20, in: 0...(1 << 30))
            _ = section.boolean("isOpen", default: false)
            _ = section.string("name", shownDefault: "x")
            if section.isPresent("colour") { _ = section.choice("colour", default: Colour.red) }
            _ = section.choices("colours", default: [Colour.green])
            for item in root.sections("items") {
                _ = item.requiredString("id")
                _ = item.secret("key")
                _ = item.section("inner").map("labels")
                _ = item.strings("words")
            }
        }
        func key(_ path: String, _ form: ConfigKey.Form, _ fallback: String? = nil, isRequired: Bool = false)
            -> ConfigKey
        { ConfigKey(path: path, form: form, fallback: fallback, isRequired: isRequired) }
        #expect(
            keys == [
                key("a.count", .integer(1...9), "3"), key("a.pause", .duration(.zero...(.seconds(3600))), "90s"),
                key("a.size", .byteCount(0...(1 << 30)), "1MiB"), key("a.isOpen", .boolean, "false"),
                key("a.name", .text, "x"), key("a.colour", .word(["red", "green"]), "red"),
                key("a.colours", .words(["red", "green"]), "[green]"), key("items", .list),
                key("items[].id", .text, isRequired: true), key("items[].key", .secret),
                key("items[].inner.labels", .map), key("items[].words", .texts),
            ])
    }

    @Test func `the first reader of a key decides, and a real file leaves no trace`() throws {
        let keys = Section.keys { root in
            _ = root.requiredString("name")
            _ = root.string("name")
        }
        #expect(keys.map(\.isRequired) == [true])
        let root = try Section(yaml: Array("items: []\n".utf8))
        #expect(root.sections("items").isEmpty)
        #expect(!root.isPresent("name"))
    }
}
