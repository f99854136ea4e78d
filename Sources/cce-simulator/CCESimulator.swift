import ArgumentParser

@main
struct CCESimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cce-simulator",
        abstract: "Plays a fleet of Huawei Cloud CCE clusters with Helm releases, for demos and tests.",
        discussion: """
            Answers release lists of both cluster families, single releases and histories, cluster lists and the \
            project lookup, and checks signatures as the cloud does. While it runs, see and change it:

              curl      'http://127.0.0.1:18080/_simulator/fleet'
              curl -XPUT 'http://127.0.0.1:18080/_simulator/faults?cluster=ID&fault=hang'
              curl -XDELETE 'http://127.0.0.1:18080/_simulator/faults'
              curl      'http://127.0.0.1:18080/_simulator/calls'
              curl -XPOST 'http://127.0.0.1:18080/_simulator/clusters'
              curl -XPUT 'http://127.0.0.1:18080/_simulator/clusters?cluster=ID&alias=NAME'
              curl -XPUT 'http://127.0.0.1:18080/_simulator/clusters?cluster=ID&phase=Hibernation'
              curl -XDELETE 'http://127.0.0.1:18080/_simulator/clusters?cluster=ID'

            Those paths ask for no signature: listen on loopback addresses.
            """,
        subcommands: [Serve.self, GenerateConfig.self], defaultSubcommand: Serve.self)
}
