import API
import Inbound
import Inventory
import Outbound

/// What is going on in each part at one moment, for tests and metrics.
package struct GatewayCounts: Sendable {
    package let server: ServerCounts
    package let inventory: InventoryCounts
    /// Nil when the calls do not go through libcurl.
    package let transport: CurlTransport.Counts?
    package let work: LongWork.Counts
    package let pages: PagesCounts

    /// No transfer, no call, no waiter, no suspended connection, no long question and no export.
    package var isAtRest: Bool {
        let isTransportAtRest = transport.map { $0.queued + $0.inFlight + $0.transfers + $0.bytesHeld == 0 } ?? true
        return server.suspended + server.queued == 0
            && inventory.waiting + inventory.groups + inventory.links + inventory.unfinished + inventory.queued
                + inventory.rawBytes == 0
            && isTransportAtRest && work == LongWork.Counts()
    }
}
