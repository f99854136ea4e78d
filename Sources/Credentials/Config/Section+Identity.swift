import Settings

extension Section {
    func requiredSecret(_ key: String) -> SecretReference? {
        let reference = secret(key)
        if reference == nil { report("is required: {env: NAME} or {file: PATH}", at: key) }
        return reference
    }
    /// What IAM gives: a quarter of an hour to a day (cce-api §4.3).
    func lifetime(default value: Duration) -> Duration {
        duration("duration", default: value, in: .seconds(900)...(.seconds(86_400)))
    }
}
