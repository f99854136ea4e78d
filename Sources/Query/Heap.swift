/// A binary heap: the element that precedes all others comes first.
///
/// Ours, since the order is the request's: swift-collections' `Heap` asks for `Comparable` elements, each of which
/// would have to carry the order with it.
struct Heap<Element> {
    /// In no order but that the first is the first.
    private(set) var elements: [Element]
    private let precedes: (Element, Element) -> Bool

    /// In linear time.
    init(_ elements: [Element], precedes: @escaping (Element, Element) -> Bool) {
        self.elements = elements
        self.precedes = precedes
        for index in (0..<elements.count / 2).reversed() { sink(index) }
    }

    var count: Int { elements.count }
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0, precedes(elements[index], elements[(index - 1) / 2]) {
            elements.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Does nothing to an empty heap.
    mutating func replaceFirst(with element: Element) {
        guard !elements.isEmpty else { return }
        elements[0] = element
        sink(0)
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        replaceFirst(with: last)
        return first
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < elements.count && precedes(elements[child], elements[least]) {
                least = child
            }
            if least == index { return }
            elements.swapAt(index, least)
            index = least
        }
    }
}
