import ReleaseModel

/// Whom to ask, and with which key: a cluster and the region endpoint in front of it.
package struct CallTarget: Sendable, Equatable {
    package let cluster: Cluster
    /// `https://cce.cn-north-4.myhuaweicloud.com`, without a slash at the end.
    package let endpoint: String
    package let key: AdmittedKey
    package init(cluster: Cluster, endpoint: String, key: AdmittedKey) {
        self.cluster = cluster
        self.endpoint = endpoint
        self.key = key
    }
}
