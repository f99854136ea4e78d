import Cryptography
import Settings

/// Where IAM and STS are (cce-api §3.1): what the credential says, then the table of regions, in which `regions` of the
/// configuration go before the SDKs' variables and those before what is built in; without a region, the variables alone.
package struct IdentityEndpoints: Sendable {
    private let secrets: SecretReader
    /// Of the region table; nil for a region that is not in it.
    private let iam: @Sendable (String) -> String?

    package init(secrets: SecretReader, iam: @escaping @Sendable (String) -> String?) {
        self.secrets = secrets
        self.iam = iam
    }

    package func iam(_ given: String?, region: String?) -> String {
        given ?? region.flatMap { iam($0) } ?? variable("HUAWEICLOUD_SDK_IAM_ENDPOINT")
            ?? "https://iam.myhuaweicloud.com"
    }
    package func sts(_ given: String?, region: String?) -> String {
        given ?? variable("HUAWEICLOUD_SDK_STS_ENDPOINT")
            ?? "https://sts.\(region.flatMap { Self.withSTS.contains($0) ? $0 : nil } ?? "cn-north-4").myhuaweicloud.com"
    }
    private func variable(_ name: String) -> String? {
        secrets.text(name).map { $0.contains("://") ? $0 : "https://\($0)" }
    }

    private static let withSTS: Set<String> = [
        "cn-north-4", "cn-east-3", "cn-south-1", "cn-southwest-2", "ap-southeast-1", "ap-southeast-2",
        "ap-southeast-3", "ap-southeast-4", "af-south-1", "la-south-2", "sa-brazil-1", "tr-west-1",
    ]
}

extension SecretReader {
    /// A variable that is no secret; nil when it is not set or empty.
    package func text(_ name: String) -> String? { (try? read(.environment(name)))?.bytes.revealed() }

    /// A secret without blanks at either end: tokens of files.
    func token(_ reference: SecretReference) throws(SourceFailure) -> Secret {
        do throws(SecretUnreadable) {
            let trimmed = try read(reference).trimmed
            guard trimmed.bytes.count > 0 else { throw SecretUnreadable(reference: reference, detail: "is empty") }
            guard trimmed.bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw SecretUnreadable(reference: reference, detail: "is no token: it has blanks or unprintable bytes")
            }
            return trimmed
        } catch {
            throw SourceFailure(.unreadable, error.description)
        }
    }
}
