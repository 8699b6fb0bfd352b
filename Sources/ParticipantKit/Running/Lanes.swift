/// Work in the order of arrival, except that two items of one key are never out at the same time.
///
/// A key's items keep their order among themselves; items of other keys pass them by.
struct Lanes<Key: Hashable & Sendable, Item: Sendable>: Sendable {
    private var ready = Queue<(key: Key, item: Item)>()
    /// Keys that are ready or out, each with what has to wait behind.
    private var waiting: [Key: [Item]] = [:]
    private(set) var count = 0

    mutating func add(_ item: Item, key: Key) {
        count += 1
        if waiting[key]?.append(item) == nil {
            waiting[key] = []
            ready.append((key, item))
        }
    }

    /// The next item that may be worked on; its key is held until ``finished(_:)``.
    mutating func next() -> (key: Key, item: Item)? {
        guard let first = ready.popFirst() else { return nil }
        count -= 1
        return first
    }

    /// The item of this key that was out is done with. Returns whether another has become ready.
    mutating func finished(_ key: Key) -> Bool {
        guard var behind = waiting[key], !behind.isEmpty else {
            waiting[key] = nil
            return false
        }
        ready.append((key, behind.removeFirst()))
        waiting[key] = behind
        return true
    }

    /// Takes out everything that is not being worked on.
    mutating func removeAll() -> [Item] {
        var items: [Item] = []
        while let (key, item) = ready.popFirst() {
            items.append(item)
            // Nobody has it out, so nobody would make the next one ready.
            items += waiting.removeValue(forKey: key) ?? []
        }
        for (key, behind) in waiting {
            items += behind
            waiting[key] = []
        }
        count = 0
        return items
    }
}

/// First in, first out, in constant time.
struct Queue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
