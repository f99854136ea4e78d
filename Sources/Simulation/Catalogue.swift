/// What fleets are made of, weighted by how often one meets it.
enum Catalogue {
    static let charts: [(value: (name: String, version: String, isPublic: Bool, namespace: String?), weight: Int)] = [
        (("ingress-nginx", "4.10.1", true, "ingress-nginx"), 5), (("cert-manager", "1.14.5", true, "cert-manager"), 5),
        (("kube-prometheus-stack", "58.2.2", true, "monitoring"), 5), (("grafana", "7.3.9", true, "monitoring"), 3),
        (("loki", "6.5.2", true, "logging"), 3), (("fluent-bit", "0.46.5", true, "logging"), 4),
        (("redis", "19.3.2", true, nil), 9), (("postgresql", "15.2.8", true, nil), 7),
        (("magento-mysql", "1.0.0", false, nil), 3), (("kafka", "28.2.1", true, "data"), 3),
        (("rabbitmq", "14.1.4", true, nil), 3), (("elasticsearch", "21.0.5", true, "data"), 2),
        (("minio", "14.4.2", true, "data"), 2), (("argo-cd", "6.9.2", true, "argocd"), 3),
        (("external-dns", "7.2.0", true, "kube-system"), 3), (("metrics-server", "3.12.1", true, "kube-system"), 4),
        (("web-service", "2.7.0", false, nil), 30), (("worker", "1.9.3", false, nil), 16),
        (("cron-batch", "0.8.0-rc.2", false, nil), 5), (("api-gateway", "3.0.1+build.7", false, nil), 4),
        (("feature-preview", "latest", false, nil), 1),
    ]
    /// Where releases live whose chart names no namespace of its own.
    static let namespaces: [(value: String, weight: Int)] = [
        ("default", 12), ("payments", 10), ("orders", 10), ("search", 7), ("accounts", 7), ("recommendations", 4),
        ("shipping", 6), ("analytics", 4), ("internal-tools", 4), ("staging", 5), ("sandbox-li", 2), ("kube-system", 1),
    ]
    static let applications = [
        "web", "api", "auth", "billing", "cart", "catalog", "checkout", "email", "events", "gateway", "images",
        "invoices", "ledger", "mail", "notify", "orders", "pricing", "profile", "quotes", "reports", "search",
        "session", "stock", "sync", "tax", "tracking", "users", "wallet", "webhooks", "wishlist",
    ]
    static let statuses: [(value: String, weight: Int)] = [
        ("DEPLOYED", 920), ("FAILED", 40), ("PENDING_INSTALL", 8), ("PENDING_UPGRADE", 12), ("PENDING_ROLLBACK", 3),
        ("DELETING", 5), ("UNKNOWN", 6), ("DELETED", 6),
    ]
    static let environments: [(value: String, weight: Int)] = [("prod", 5), ("staging", 2), ("dev", 2), ("test", 1)]
    static let teams = [
        "payments", "commerce", "search", "platform", "data", "mobile", "logistics", "risk", "media", "iot",
    ]
    static let clusterVersions = ["v1.25.16-r10", "v1.27.11-r2", "v1.28.8-r0", "v1.29.4-r0", "v1.30.1-r0"]

    static func description(of status: String) -> String {
        switch status {
        case "DEPLOYED": "Upgrade complete"
        case "FAILED": "Upgrade \"web\" failed: timed out waiting for the condition"
        case "PENDING_INSTALL": "Initial install underway"
        case "PENDING_UPGRADE": "Preparing upgrade"
        case "PENDING_ROLLBACK": "Rollback to 3"
        case "DELETING": "Deletion in progress (or silently failed)"
        case "DELETED": "Uninstallation complete"
        default: ""
        }
    }
}
