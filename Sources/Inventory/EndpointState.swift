/// What is known of one region's endpoint (`https://host`) from the calls to the clusters behind it.
struct EndpointState: Sendable {
    var retries = RetryBudget()
    var breaker = Breaker(.endpoint)
    /// When the call was started that was answered, of all that were the one started last.
    var lastAnswered: Duration?
    var timesOpened = 0
    /// Those of clusters behind it.
    var clusterTimesOpened = 0
}
