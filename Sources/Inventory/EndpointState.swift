/// What is known of one region's endpoint (`https://host`) from the calls to the clusters behind it.
struct EndpointState: Sendable {
    var retries = RetryBudget()
}
