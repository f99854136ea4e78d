import Credentials
import Testing

@Suite struct ProfileFileTests {
    @Test func `a profile is read as Python's configparser reads it`() throws {
        let text = """
            # of the team
            [DEFAULT]
            domain_id = d
            [global]
            ak = other
            [basic]
            AK = AKEXAMPLE
            sk: 50%%off
            ; a comment
            prefix=/run
            id_token_file = %(prefix)s/token
            long = one
              two
            """
        let file = try ProfileFile(Array(text.utf8))
        let basic = try #require(try file.section("basic"))
        #expect(
            basic == [
                "ak": "AKEXAMPLE", "sk": "50%off", "prefix": "/run", "id_token_file": "/run/token", "domain_id": "d",
                "long": "one\ntwo",
            ])
        #expect(try file.section("nobody") == nil)
    }

    @Test(
        arguments: [
            ("ak = a", 1, "before any section"), ("[basic\n", 1, "no ]"), ("[basic]\nak", 2, "no key = value"),
            ("[basic]\n= x", 2, "no key"), ("[basic]\nak=1\nAK=2", 3, "second time"),
            ("[a]\n[a]", 2, "second time"),
        ])
    func `what configparser refuses is refused, with its line`(text: String, line: Int, detail: String) {
        let error = #expect(throws: ProfileFile.Malformed.self) { try ProfileFile(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.detail.contains(detail) == true)
    }

    @Test(arguments: ["a%b", "%(nobody)s", "%(sk)s"])
    func `values that cannot be interpolated are refused, without showing them`(value: String) throws {
        let file = try ProfileFile(Array("[basic]\nsk = \(value)\n".utf8))
        let error = #expect(throws: ProfileFile.Malformed.self) { try file.section("basic") }
        #expect(error?.detail.contains(value) == false)
    }
}
