import GatewayTestKit
import JSON
import Testing

@Suite struct MaskedJSONTests {
    private func mask(_ text: String) -> String { String(decoding: MaskedJSON.mask(text.utf8).text, as: UTF8.self) }

    @Test(arguments: [
        "password", "PASSWORD", "dbPassword", "db_password", "mysql-root-password", "passwd", "passphrase", "userPass",
        "dbpass",
        "pw", "adminPw", "pwd", "secret", "clientSecret", "secrets", "existingSecret", "token", "accessToken", "tokens",
        "key",
        "keys", "apiKey", "apikey", "APIKEY", "APIKey", "api_key", "accessKey", "access_key_id", "private_key",
        "privateKey",
        "tls.key", "sshKey", "encryptionKey", "key1", "KEY_2", "openAIKey", "JWTKeys", "apiKEYs", "credential",
        "credentials",
        "creds", "private", "authorization", "bearer", "jwt", "ak", "sk", "auth", "basicAuth", "dsn", "erlangCookie",
        "kubeconfig",
        ".dockerconfigjson", "connectionString", "keyFile", "keytab", "webhookUrl", "id_rsa", "htpasswd", "pgpass",
        "密码",
        "数据库密钥", "passw0rd", "saslJaasConfig", "s3Key", "secretKeyRef",
    ])
    func `these names say secret`(name: String) { #expect(MaskedJSON.isSecretName(name)) }

    @Test(arguments: [
        "", "name", "image", "replicas", "keyspace", "keycloak", "keyboard", "keystone", "monkey", "is_monkey",
        "turkey", "bypass",
        "compass", "encompass", "topologyKey", "publicKey", "ssh_public_key", "passing", "author", "authors", "pinned",
        "skip",
        "task", "disk", "break", "salted", "username", "host", "enabled", "resources", "certificate", "tls.crt",
        "annotations",
    ])
    func `these names do not`(name: String) { #expect(!MaskedJSON.isSecretName(name)) }

    @Test func `a name too long to be looked at is taken for secret`() {
        #expect(MaskedJSON.isSecretName(String(repeating: "a", count: 300)))
    }

    @Test(arguments: [
        (#"{"auth":{"rootPassword":"x","database":"db"}}"#, #"{"auth":{"rootPassword":"***","database":"db"}}"#),
        (#"{ "a" : 1,  "token" :  12 ,"b":[ ]}"#, #"{ "a" : 1,  "token" :  "***" ,"b":[ ]}"#),
        (
            #"{"secret":{"a":"x","b":[1,true,null,{"c":"y"}]},"d":"z"}"#,
            #"{"secret":{"a":"***","b":["***","***",null,{"c":"***"}]},"d":"z"}"#
        ),
        (#"{"pass\u0077ord":"x"}"#, #"{"pass\u0077ord":"***"}"#),
        (#"{"password":"","token":null}"#, #"{"password":"***","token":null}"#),
        (#"{"auth":"dXNlcjpwYXNz","auth2":{"auth":["u","p"]}}"#, #"{"auth":"***","auth2":{"auth":["***","***"]}}"#),
        // An environment, in any order of members.
        (
            #"{"env":[{"name":"DB_PASSWORD","value":"x"},{"name":"LOG","value":"info"}]}"#,
            #"{"env":[{"name":"DB_PASSWORD","value":"***"},{"name":"LOG","value":"info"}]}"#
        ),
        (
            #"[{"value":"x","name":"API_KEY"},{"value":{"a":["x"]},"key":"token"}]"#,
            #"[{"value":"***","name":"API_KEY"},{"value":{"a":["***"]},"key":"***"}]"#
        ),
        (
            #"[{"name":"token-service","image":"a/b:1","ports":[80]}]"#,
            #"[{"name":"token-service","image":"a/b:1","ports":[80]}]"#
        ),
        // A Kubernetes Secret, in any order.
        (
            #"{"data":{"a":"eA=="},"kind":"Secret","metadata":{"name":"n"}}"#,
            #"{"data":{"a":"***"},"kind":"Secret","metadata":{"name":"n"}}"#
        ),
        (#"{"kind":"ConfigMap","data":{"a":"x"}}"#, #"{"kind":"ConfigMap","data":{"a":"x"}}"#),
        // Arguments.
        (#"{"args":["--password","x","--port","80"]}"#, #"{"args":["--password","***","--port","80"]}"#),
        (#"{"args":["--password=x","--port=80"]}"#, #"{"args":["***","--port=80"]}"#),
        // URLs.
        (#"["https://user:pw@host/p?q=1"]"#, #"["https://***@host/p?q=1"]"#),
        (#"["see https://user@host and http://h/@x."]"#, #"["see https://***@host and http://h/@x."]"#),
        (#"["postgres://u:p/a?s#s@h:5432/db","redis://:p@h"]"#, #"["postgres://***@h:5432/db","redis://***@h"]"#),
        (#"["https:\/\/user:pw@host","https\u003a//u:p@h"]"#, #"["https://***@host","https://***@h"]"#),
        (#"["amqp://u:p@a,amqp://u:p@b"]"#, #"["amqp://***@a,amqp://***@b"]"#),
        (#"["root:pw@tcp(127.0.0.1:3306)/db"]"#, #"["***@tcp(127.0.0.1:3306)/db"]"#),
        (
            #"["oci://h:5000/r@sha256:abc","repo:tag@sha256:abc"]"#,
            #"["oci://h:5000/r@sha256:abc","repo:tag@sha256:abc"]"#
        ),
        // Texts that hold secrets.
        (#"["Server=h;Password=x;"]"#, #"["***"]"#),
        (#"["-----BEGIN RSA PRIVATE KEY-----\nMII"]"#, #"["***"]"#),
        (#"["-----BEGIN CERTIFICATE-----\nMII"]"#, #"["-----BEGIN CERTIFICATE-----\nMII"]"#),
        (#"{"config.yaml":"db:\n  password: x\n  host: h\n"}"#, #"{"config.yaml":"***"}"#),
        (#"{"config.yaml":"db:\n  host: h\n"}"#, #"{"config.yaml":"db:\n  host: h\n"}"#),
        (#"{"redis.conf":"port 6379\nrequirepass x\n"}"#, #"{"redis.conf":"***"}"#),
        (#"["curl -H 'Authorization: Basic eDp5'"]"#, #"["***"]"#), (#"["Bearer abcdefghij"]"#, #"["***"]"#),
        (#"["mysql --password x"]"#, #"["***"]"#), (#"["data['token'] = 'x'"]"#, #"["***"]"#),
        (#"["eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"]"#, #"["***"]"#), (#"["ghp_0123456789abcdef0123"]"#, #"["***"]"#),
        (#"["https://hooks.slack.com/services/T0/B0/x"]"#, #"["***"]"#),
        (
            #"["quay.io/acme/secret-store:1.2","Enter the password:"]"#,
            #"["quay.io/acme/secret-store:1.2","Enter the password:"]"#
        ),
        // JSON inside a string.
        (#"{"c":"{\"password\":\"x\",\"a\":1}"}"#, #"{"c":"{\"password\":\"***\",\"a\":1}"}"#),
        (#"{"c":"{\"a\":\"{\\\"token\\\":\\\"x\\\"}\"}"}"#, #"{"c":"{\"a\":\"{\\\"token\\\":\\\"***\\\"}\"}"}"#),
        (#"{"c":"{{ .Values.password }}"}"#, #"{"c":"{{ .Values.password }}"}"#),
        (#""text""#, #""text""#), ("12", "12"), (" null ", " null "),
    ])
    func `what is secret is masked and all else stays`(text: String, expected: String) {
        #expect(mask(text) == expected)
    }

    @Test(arguments: ["", " ", "password: x", "{", "{\"a\":1} x", "[1,]", "<html>", "{\"a\":\"\\q\"}"])
    func `text that is not JSON is withheld whole`(text: String) {
        #expect(MaskedJSON.mask(text.utf8) == .notJSON)
        #expect(mask(text) == "[withheld: not JSON]")
    }
    @Test func `bytes that are not UTF-8 are withheld whole`() {
        #expect(MaskedJSON.mask([0x22, 0xFF, 0x22]) == .notJSON)
    }
    @Test func `nesting beyond 64 is withheld whole`() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(MaskedJSON.mask(deep.utf8) == .notLookedThrough)
        let inside = "[\"" + deep + "\"]"
        #expect(mask(inside) == #"["***"]"#)
    }
    @Test func `JSON in strings in strings is withheld where it goes too deep`() {
        var text = #"{"a":"CANARY"}"#
        for _ in 0..<6 {
            var quoted: [UInt8] = []
            JSONText.append("[" + text + "]", to: &quoted)
            text = "{\"a\":" + String(decoding: quoted, as: UTF8.self) + "}"
        }
        #expect(!mask(text).contains("CANARY"))
        #expect(mask(text).contains("***"))
    }
}

/// Plants canaries under secret names at random places of random trees.
@Suite struct MaskingPropertyTests {
    private struct Planter {
        var random: SeededGenerator
        var planted = 0
        private let harmless = ["name", "image", "replicas", "host", "config", "list", "a b", "é", "x\"y"]
        private let secret = [
            "password", "API_KEY", "clientSecret", "token", "private_key", "mysql-root-password", "creds",
        ]

        mutating func canary() -> JSONValue {
            planted += 1
            switch random.next(below: 3) {
            case 0: return .string("CANARY\"\n\\\(planted)")
            case 1: return .integer(7_777_777)
            default: return .array([.object([member("any", .string("CANARY"))]), .string("CANARY🛶")])
            }
        }
        func member(_ name: String, _ value: JSONValue) -> JSONValue.Member { .init(name: name, value: value) }

        /// The tree as it is, and as it must come out.
        mutating func tree(_ depth: Int) -> (JSONValue, JSONValue) {
            switch random.next(below: depth == 0 ? 4 : 7) {
            case 0: return (.null, .null)
            case 1: return (.boolean(true), .boolean(true))
            case 2:
                let value = JSONValue.integer(Int64(random.next(below: 1000)))
                return (value, value)
            case 3:
                let value = JSONValue.string(["plain", "a\nb", "", "\u{1}", "🛶 x"][random.next(below: 5)])
                return (value, value)
            case 4:
                let pairs = (0..<random.next(below: 4)).map { _ in tree(depth - 1) }
                return (.array(pairs.map(\.0)), .array(pairs.map(\.1)))
            default:
                var original: [JSONValue.Member] = []
                var masked: [JSONValue.Member] = []
                for _ in 0..<random.next(below: 5) {
                    if random.next(below: 3) == 0 {
                        let name = secret[random.next(below: secret.count)]
                        let value = canary()
                        original.append(member(name, value))
                        masked.append(member(name, value.withLeavesMasked))
                    } else {
                        let name = harmless[random.next(below: harmless.count)]
                        let pair = tree(depth - 1)
                        original.append(member(name, pair.0))
                        masked.append(member(name, pair.1))
                    }
                }
                return (.object(original), .object(masked))
            }
        }
    }

    @Test func `no canary under a secret name survives and nothing else changes`() throws {
        let (seed, runs) = (testSeed(), testRuns(default: 500))
        var planter = Planter(random: SeededGenerator(seed: seed))
        for _ in 0..<runs {
            let (original, masked) = planter.tree(6)
            guard case .masked(let text) = MaskedJSON.mask(original.rendered) else {
                Issue.record("not masked, seed \(seed)")
                return
            }
            let result = try JSONValue.parse(text)
            #expect(result == masked, "seed \(seed)")
        }
        #expect(planter.planted * 5 > runs, "seed \(seed)")
    }

    @Test func `no mutation of a text makes the masker crash or write what is not JSON`() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let good = Array(
            #"{"env":[{"name":"DB_PASSWORD","value":"x\n"}],"c":"{\"token\":1}","u":"https://a:b@c/","n":[1.5,-0,true]}"#
                .utf8)
        for _ in 0..<testRuns(default: 20_000) {
            var text = good
            for _ in 0...random.next(below: 3) {
                let place = random.next(below: text.count)
                switch random.next(below: 3) {
                case 0: text[place] = UInt8(truncatingIfNeeded: random.next(below: 256))
                case 1: text.remove(at: place)
                default: text.insert(Array("{}[],:\"\\u0n".utf8)[random.next(below: 11)], at: place)
                }
            }
            if case .masked(let masked) = MaskedJSON.mask(text) {
                #expect(throws: Never.self, "seed \(seed)") { try JSONValue.parse(masked) }
                #expect(throws: Never.self, "seed \(seed)") { try JSONValue.parse(text) }
            }
        }
    }
}

extension JSONValue {
    fileprivate var withLeavesMasked: JSONValue {
        switch self {
        case .null: .null
        case .array(let values): .array(values.map(\.withLeavesMasked))
        case .object(let members): .object(members.map { Member(name: $0.name, value: $0.value.withLeavesMasked) })
        default: .string("***")
        }
    }
    fileprivate var rendered: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let value): writer.boolean(value)
        case .integer(let value): writer.integer(value)
        case .number(let value): writer.raw(value.description.utf8)
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.beginArray()
            for value in values { value.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.name)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
