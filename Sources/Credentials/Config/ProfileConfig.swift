import Settings

/// A section of the SDKs' file of profiles.
package struct ProfileConfig: Sendable, Equatable {
    /// Its path; left out: `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, else `~/.huaweicloud/credentials`.
    package var file: String?
    /// The section that holds `ak` and `sk`, or `idp_id` and `id_token_file`.
    package var section = "basic"
    package init() {}
    package init(reading section: Section) {
        file = section.string("file")
        self.section = section.string("section", default: self.section)
    }
    func path(_ secrets: SecretReader) -> String? {
        file ?? secrets.text("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
            ?? secrets.text("HOME").map { "\($0)/.huaweicloud/credentials" }
    }
}
