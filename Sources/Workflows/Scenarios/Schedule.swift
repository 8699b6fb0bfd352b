internal import SagaValues

/// What is due when: by time, and at the same time in the order in which it was put in.
struct Schedule<Element> {
    /// The next one last.
    private var entries: [(time: Timestamp, element: Element)] = []

    var next: Timestamp? { entries.last?.time }

    mutating func add(_ element: Element, at time: Timestamp) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time > time { low = middle + 1 } else { high = middle }
        }
        // Before all of the same time, so that it is taken after them.
        entries.insert((time, element), at: low)
    }

    mutating func pop() -> Element? { entries.popLast()?.element }

    mutating func removeAll(where isGone: (Element) -> Bool) { entries.removeAll { isGone($0.element) } }
}
