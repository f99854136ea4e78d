/// Where a secret is read from. Never the secret itself.
package enum SecretReference: Sendable, Hashable {
    case environment(String)
    case file(String)
}
