import Timing

extension ListRequest {
    /// Reads the parameters of `GET /releases`. Every problem is reported at once, in the order of the query.
    package init(parameters: [(name: String, value: String)]) throws(InvalidParameters) { fatalError() }
}
