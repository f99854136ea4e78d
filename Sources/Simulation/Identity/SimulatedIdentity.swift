import Cryptography
import JSON
import Locking
import Settings
import Signing
import Timing

/// Plays whoever issues credentials: IAM, STS, the metadata service of a virtual machine and the agent of pods, with the
/// requests and replies of cce-api §4.3 and §5, and what can go wrong with them. Knows every credential that it issued and
/// until when each is good. For any thread.
package final class SimulatedIdentity: Sendable {
    package struct Request: Sendable {
        package var method: String
        package var host: String
        package var path: String
        package var query: [(name: String, value: String)]
        /// Names in lower case.
        package var fields: [(name: String, value: String)]
        package var body: [UInt8]
        package init(
            method: String, host: String, path: String, query: [(name: String, value: String)],
            fields: [(name: String, value: String)], body: [UInt8]
        ) {
            self.method = method
            self.host = host
            self.path = path
            self.query = query
            self.fields = fields
            self.body = body
        }
        func field(_ name: String) -> String? { fields.last { $0.name == name }?.value }
    }
    package struct Answer: Sendable {
        package var status: Int
        package var fields: [(name: String, value: String)]
        package var body: [UInt8]
    }
    package enum Fault: Sendable, Equatable {
        case status(Int)
        /// No answer ever.
        case hang
        case emptyBody
        case html
        /// Without that member, or that field, of what makes the credential.
        case without(String)
        /// What is issued has ended already; not the token on the way to it.
        case ended
        case garbledExpiry
        /// The expiry has no fraction, as some editions write it.
        case wholeSeconds
        /// The same credential again, until so long before its end.
        case keeps(Duration)
    }
    /// Who may ask. Fake on purpose.
    package struct Accounts: Sendable {
        package var base = Credential(
            accessKey: "AKEXAMPLEBASE", secretKey: Secret("SKEXAMPLE0base0not0a0real0key".utf8))
        package var idp = "example-idp"
        package var idToken = "eyJ.example-id-token.sig"
        package var provider = "iam::d1:oidcProvider:p1"
        package var agency = "iam::d1:agency:a1"
        package var user = "example-user"
        package var password = "example-password"
        package var podToken = "example-pod-token"
        package var hasSessionTokens = true
        package var hasAgency = true
        package init() {}
    }
    private struct State {
        var accounts: Accounts
        var faults: [Fault] = []
        var number = 0
        /// Until when, by our clock.
        var keys: [String: (token: String, end: Instant)] = [:]
        var tokens: [String: Instant] = [:]
        var sessions: Set<String> = []
        /// What was issued last.
        var last: (end: Instant, answer: Answer)?
        var calls: [String] = []
    }
    private let state: Lock<State>
    private let time: any TimeSource
    /// Of what it issues, whatever is asked for; nil: what is asked for.
    private let lifetime: Duration?
    /// How much its clock is ahead of ours.
    private let skew: Duration

    package init(
        _ accounts: Accounts = Accounts(), lifetime: Duration? = nil, skew: Duration = .zero, time: any TimeSource
    ) {
        state = Lock(State(accounts: accounts))
        self.lifetime = lifetime
        self.skew = skew
        self.time = time
    }

    /// Spoils the answers from now on; of those that issue a credential alone.
    package func setFault(_ fault: Fault?) { state.withLock { $0.faults = fault.map { [$0] } ?? [] } }
    package func change(_ body: (inout Accounts) -> Void) { state.withLock { body(&$0.accounts) } }
    /// `POST /v3/auth/tokens`, in order.
    package var calls: [String] { state.withLock { $0.calls } }

    /// All secret keys and tokens that it has issued.
    package var secrets: [String] {
        state.withLock { state in
            state.keys.flatMap { key, held in [Self.secretKey(of: key).bytes.revealed(), held.token] }
                + state.tokens.keys + state.sessions
        }
    }

    /// Whether the cloud takes a call with it now.
    package func accepts(_ credential: Credential) -> Bool {
        let now = time.wall + skew
        return state.withLock { state in
            if let token = credential.authToken {
                return state.tokens[token.bytes.revealed()].map { now < $0 } ?? false
            }
            if credential == state.accounts.base { return true }
            guard let held = state.keys[credential.accessKey], now < held.end else { return false }
            return credential.securityToken?.bytes.revealed() == held.token
        }
    }

    /// Nil: it hangs.
    package func answer(_ request: Request) -> Answer? {
        let now = time.wall + skew
        var answer: Answer? = state.withLock { state in
            state.calls.append("\(request.method) \(request.path)")
            return Self.route(request, &state, lifetime, now)
        }
        answer?.fields.append(("Date", now.httpDate))
        return answer
    }

    // MARK: -

    private static func route(
        _ request: Request, _ state: inout State, _ lifetime: Duration?, _ now: Instant
    ) -> Answer? {
        let body = (try? JSONValue.parse(request.body)) ?? .null
        let accounts = state.accounts
        // Members that are left out are left out, not null.
        guard !holdsNull(body) || request.body.isEmpty else { return failure(400) }
        switch (request.method, request.path) {
        case ("PUT", "/meta-data/latest/api/token"):
            guard accounts.hasSessionTokens else { return failure(404) }
            guard request.field("x-metadata-token-ttl-seconds") == "21600" else { return failure(400) }
            let token = make("session", &state) + length
            state.sessions.insert(token)
            return Answer(status: 200, fields: [], body: Array(token.utf8))
        case ("GET", "/openstack/latest/securitykey"):
            guard accounts.hasAgency else {
                let text = "Please configure Cloud Service Agency first"
                return Answer(status: 401, fields: [], body: Array(text.utf8))
            }
            if accounts.hasSessionTokens, !state.sessions.contains(request.field("x-metadata-token") ?? "") {
                return failure(401)
            }
            return issue(
                200, ["credential", "access", "secret", "securitytoken", "expires_at"], 3600, &state, lifetime, now)
        case ("POST", "/v3.0/OS-AUTH/id-token/tokens"):
            guard request.field("x-idp-id") == accounts.idp else { return failure(404) }
            guard body["auth"]?["id_token"]?["id"]?.string == accounts.idToken else { return failure(401) }
            return token(&state, lifetime, now, isOnTheWay: true)
        case ("POST", "/v3/auth/tokens"):
            let user = body["auth"]?["identity"]?["password"]?["user"]
            guard user?["name"]?.string == accounts.user, user?["password"]?.string == accounts.password,
                body["auth"]?["scope"]?["project"]?["name"]?.string != nil
            else { return failure(401) }
            return token(&state, lifetime, now, isOnTheWay: false)
        case ("POST", "/v3.0/OS-CREDENTIAL/securitytokens"):
            let identity = body["auth"]?["identity"]
            let role = identity?["assume_role"]
            if let token = identity?["token"]?["id"]?.string {
                guard let end = state.tokens[token], now < end else { return failure(401) }
            } else if role?["agency_name"]?.string == nil || !isSigned(request, state, now) {
                return failure(401)
            }
            let wanted = (identity?["token"] ?? role)?["duration_seconds"]?.integer ?? 900
            return issue(
                201, ["credential", "access", "secret", "securitytoken", "expires_at"], wanted, &state, lifetime, now)
        case ("POST", "/v5/agencies/assume"), ("POST", "/v5/agencies/assume-with-oidc"):
            guard body["agency_urn"]?.string == accounts.agency else { return failure(404) }
            let isKnown =
                request.path.hasSuffix("oidc")
                ? body["id_token"]?.string == accounts.idToken && body["provider_urn"]?.string == accounts.provider
                : isSigned(request, state, now)
            guard isKnown, body["agency_session_name"]?.string != nil else { return failure(403) }
            return issue(
                200, ["credentials", "access_key_id", "secret_access_key", "security_token", "expiration"],
                body["duration_seconds"]?.integer ?? 3600, &state, lifetime, now)
        case ("POST", "/v1/pod-credentials"):
            guard request.field("authorization") == accounts.podToken else { return failure(401) }
            return issue(
                200, ["credential", "accessKeyId", "secretAccessKey", "securityToken", "expiration"], 3600, &state,
                lifetime, now)
        default: return failure(404)
        }
    }

    /// With the account's own key, or one that was issued.
    private static func isSigned(_ request: Request, _ state: State, _ now: Instant) -> Bool {
        let verdict = SignatureVerifier().verify(
            method: request.method, path: request.path, query: request.query, fields: request.fields,
            body: request.body, at: now
        ) { key in
            if key == state.accounts.base.accessKey { return state.accounts.base }
            guard let held = state.keys[key], now < held.end else { return nil }
            return Credential(accessKey: key, secretKey: secretKey(of: key), securityToken: Secret(held.token.utf8))
        }
        if case .accepted = verdict { return true }
        return false
    }

    private static func holdsNull(_ value: JSONValue) -> Bool {
        if value == .null { return true }
        return (value.array ?? value.members?.map(\.value) ?? []).contains(where: holdsNull)
    }
    /// As long as real ones.
    private static let length = "obviously-fake-and-no-key-of-any-cloud-at-all"
    private static func secretKey(of key: String) -> Secret { Secret("SK-\(key)-\(length)".utf8) }

    private static func make(_ kind: String, _ state: inout State) -> String {
        state.number += 1
        return "\(kind)-EXAMPLE-\(state.number)"
    }

    /// What a fault makes of an answer that would issue something; nil: the answer as it should be.
    private static func spoilt(_ state: State) -> Answer?? {
        switch state.faults.first {
        case .status(let status): .some(failure(status))
        case .hang: .some(nil)
        case .emptyBody: .some(Answer(status: 200, fields: [], body: []))
        case .html: .some(Answer(status: 200, fields: [], body: Array("<html>login</html>".utf8)))
        default: nil
        }
    }

    /// `names`: of the wrapper, and its four members.
    private static func issue(
        _ status: Int, _ names: [String], _ wanted: Int64, _ state: inout State, _ lifetime: Duration?, _ now: Instant
    ) -> Answer? {
        if let spoilt = spoilt(state) { return spoilt }
        let fault = state.faults.first
        if case .keeps(let rest) = fault, let last = state.last, now < last.end - rest { return last.answer }
        let key = make("AK", &state)
        let token = make("TOKEN", &state) + length
        let end = fault == .ended ? now - .seconds(1) : now + (lifetime ?? .seconds(wanted))
        state.keys[key] = (token, end)
        var expiry = end.rfc3339
        if fault != .wholeSeconds, !expiry.contains(".") { expiry = expiry.dropLast() + ".000000Z" }
        if fault == .wholeSeconds { expiry = Instant(seconds: end.seconds).rfc3339 }
        if fault == .garbledExpiry { expiry = "soon" }
        let values = [key, secretKey(of: key).bytes.revealed(), token, expiry]
        var json = JSONWriter()
        json.beginObject()
        json.key(names[0])
        json.beginObject()
        for (name, value) in zip(names.dropFirst(), values) where fault != .without(name) {
            json.key(name)
            json.string(value)
        }
        json.endObject()
        json.endObject()
        let answer = Answer(status: status, fields: [("Content-Type", "application/json")], body: json.bytes)
        state.last = (end, answer)
        return answer
    }

    private static func token(
        _ state: inout State, _ lifetime: Duration?, _ now: Instant, isOnTheWay: Bool
    ) -> Answer? {
        if let spoilt = spoilt(state) { return spoilt }
        let fault = state.faults.first
        let token = make("SUBJECT", &state) + length
        let isEnded = fault == .ended && !isOnTheWay
        let end = isEnded ? now - .seconds(1) : now + (lifetime ?? .seconds(86_400))
        state.tokens[token] = end
        let expiry = fault == .garbledExpiry ? "soon" : end.rfc3339
        var fields = [(name: "Content-Type", value: "application/json")]
        if fault != .without("X-Subject-Token") { fields.append(("X-Subject-Token", token)) }
        let text = fault == .without("expires_at") ? #"{"token":{}}"# : #"{"token":{"expires_at":"\#(expiry)"}}"#
        return Answer(status: 201, fields: fields, body: Array(text.utf8))
    }

    private static func failure(_ status: Int) -> Answer {
        let body = CloudError.any(status).body(requestID: "")
        return Answer(status: status, fields: [("Content-Type", "application/json")], body: body)
    }
}
