/// The order of two texts by their UTF-8 bytes. Swift's own `<` and `==` go by Unicode's canonical equivalence, for
/// which two different names can be one.
enum ByteOrder { case before, same, after }

extension String {
    func compareBytes(to other: String) -> ByteOrder {
        let own = utf8.span
        let others = other.utf8.span
        for index in 0..<min(own.count, others.count) where own[index] != others[index] {
            return own[index] < others[index] ? .before : .after
        }
        return own.count == others.count ? .same : own.count < others.count ? .before : .after
    }
}
