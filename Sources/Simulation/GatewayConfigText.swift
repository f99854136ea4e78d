import ReleaseModel

extension SimulatedFleet {
    /// A configuration for the gateway, in YAML, that points it at this fleet: every cluster listed, or found by
    /// discovery. The keys are not in it; they are read from `CLOUD_SDK_AK` and `CLOUD_SDK_SK`.
    ///
    /// - Parameter endpoint: where the simulator listens, `http://127.0.0.1:18080`.
    package func gatewayConfig(endpoint: String, usesDiscovery: Bool = false) -> String {
        var text = """
            credentials:
              - { name: \(Self.credentialName), accessKey: {env: CLOUD_SDK_AK}, secretKey: {env: CLOUD_SDK_SK} }
            regions:

            """
        for region in options.regions {
            text += "  - { id: \(region), cceEndpoint: \"\(endpoint)\", iamEndpoint: \"\(endpoint)\" }\n"
        }
        if usesDiscovery {
            text += "discovery:\n"
            let projects = options.projects > 1 ? ", projects: all" : ""
            for region in options.regions {
                text +=
                    "  - { region: \(region), credential: \(Self.credentialName)\(projects), kinds: [cce, autopilot] }\n"
            }
            return text
        }
        text += "clusters:\n"
        for cluster in allClusters {
            let labels = cluster.labels.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            text +=
                "  - { id: \(cluster.id), name: \(cluster.name), region: \(cluster.region), "
                + "projectId: \"\(cluster.projectID)\", credential: \(Self.credentialName), kind: \(cluster.kind.rawValue), "
                + "labels: {\(labels.joined(separator: ", "))} }\n"
        }
        return text
    }
}
