import CCE

extension InventoryState {
    /// True when that call may be made once more at once, as far as its endpoint goes; it is then counted.
    mutating func takeRetry(of order: Order) -> Bool {
        endpoints[order.target.endpoint]?.retries.take() ?? false
    }
}
