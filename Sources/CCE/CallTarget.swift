import ReleaseModel

/// Whom to ask: a cluster and the region endpoint in front of it.
package struct CallTarget: Sendable, Equatable {
    package let cluster: Cluster
    /// `https://cce.cn-north-4.myhuaweicloud.com`, without a slash at the end.
    package let endpoint: String
    package init(cluster: Cluster, endpoint: String) {
        self.cluster = cluster
        self.endpoint = endpoint
    }
}
