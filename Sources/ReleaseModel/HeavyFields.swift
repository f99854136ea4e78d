/// The fields that make rows heavy and secret. What is held is already masked as `inventory.values` says.
package struct HeavyFields: Sendable, Equatable {
    /// One field: absent from the cloud's row, held, or known but not held (dropped, or shed under memory pressure).
    package enum Field: Sendable, Equatable {
        case absent
        case held(HeldText)
        case withheld

        /// UTF-8 text compressed as one zstd frame of its own; empty is the empty text.
        package static func held(compressed frame: [UInt8]) -> Field {
            .held(frame.isEmpty ? .empty : HeldText(block: HeavyBlock(frame: frame), range: nil))
        }
    }
    package var values: Field
    package var parameters: Field
    package var resources: Field

    package init(values: Field = .absent, parameters: Field = .absent, resources: Field = .absent) {
        self.values = values
        self.parameters = parameters
        self.resources = resources
    }

    package enum Name: Int, Sendable, CaseIterable { case values, parameters, resources }

    package subscript(name: Name) -> Field {
        get {
            switch name {
            case .values: values
            case .parameters: parameters
            case .resources: resources
            }
        }
        set {
            switch name {
            case .values: values = newValue
            case .parameters: parameters = newValue
            case .resources: resources = newValue
            }
        }
    }
}
