/// A project of the account: clusters are in one, and calls for them name it.
package struct SimulatedProject: Sendable, Equatable {
    /// 32 hexadecimal digits, as the cloud's.
    package let id: String
    /// The region's, for its main project; `REGION_2`, … for the others.
    package let name: String
    package let region: String
    /// Calls for its clusters may leave it out.
    package var isMain: Bool { name == region }

    /// The `number`th of the region, from 0.
    init(of region: String, number: Int, id: String) {
        self.id = id
        name = number == 0 ? region : "\(region)_\(number + 1)"
        self.region = region
    }
}
