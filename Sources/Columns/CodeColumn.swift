/// One small number a row, in as few bytes as the largest needs.
package enum CodeColumn: Sendable {
    case bytes([UInt8])
    case pairs([UInt16])
    case quads([UInt32])

    /// `codes` are all below `bound`.
    package init(_ codes: [UInt32], below bound: Int) {
        if bound <= 1 << 8 {
            self = .bytes(codes.map { UInt8(truncatingIfNeeded: $0) })
        } else if bound <= 1 << 16 {
            self = .pairs(codes.map { UInt16(truncatingIfNeeded: $0) })
        } else {
            self = .quads(codes)
        }
    }

    package var count: Int {
        switch self {
        case .bytes(let codes): codes.count
        case .pairs(let codes): codes.count
        case .quads(let codes): codes.count
        }
    }
    package subscript(row: Int) -> Int {
        switch self {
        case .bytes(let codes): Int(codes[row])
        case .pairs(let codes): Int(codes[row])
        case .quads(let codes): Int(codes[row])
        }
    }
    package var byteCount: Int {
        switch self {
        case .bytes(let codes): codes.heldBytes
        case .pairs(let codes): codes.heldBytes
        case .quads(let codes): codes.heldBytes
        }
    }
}

extension Array {
    /// Memory held by an array of plain elements that was made at its size, with the header of its block.
    package var heldBytes: Int { isEmpty ? 0 : count * MemoryLayout<Element>.stride + 32 }
}
