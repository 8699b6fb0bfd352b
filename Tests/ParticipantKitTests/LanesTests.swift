import Testing

@testable import ParticipantKit

@Suite("Lanes")
struct LanesTests {
    @Test("Items of one key go one after the other, in order; others pass them by")
    func order() {
        var lanes = Lanes<String, Int>()
        for (key, item) in [("a", 1), ("a", 2), ("b", 3), ("a", 4)] { lanes.add(item, key: key) }
        next(&lanes, 1)
        next(&lanes, 3)
        next(&lanes, nil)
        finished(&lanes, "a", true)
        next(&lanes, 2)
        finished(&lanes, "b", false)
        next(&lanes, nil)
        finished(&lanes, "a", true)
        next(&lanes, 4)
        finished(&lanes, "a", false)
        #expect(lanes.count == 0)
    }

    @Test("What is taken out is everything that was not begun")
    func removal() {
        var lanes = Lanes<String, Int>()
        for (key, item) in [("a", 1), ("a", 2), ("b", 3)] { lanes.add(item, key: key) }
        next(&lanes, 1)
        let rest = Set(lanes.removeAll())
        #expect(rest == [2, 3])
        finished(&lanes, "a", false)
        next(&lanes, nil)
    }

    @Test("A queue keeps its order over many turns")
    func queue() {
        var queue = Queue<Int>()
        var expected = 0
        for item in 0..<1000 {
            queue.append(item)
            if item % 3 == 0 {
                let item = queue.popFirst()
                #expect(item == expected)
                expected += 1
            }
        }
        while let item = queue.popFirst() {
            #expect(item == expected)
            expected += 1
        }
        #expect(expected == 1000 && queue.isEmpty)
    }

    @Test("What a lost connection had brought makes room for what the next one brings")
    func generations() async {
        let queue = WorkQueue<String, Int>()
        for (key, item) in [("a", 1), ("a", 2), ("b", 3), ("b", 4)] {
            #expect(queue.add(item, key: key, generation: 1))
        }
        #expect(await queue.next()?.item == 1)
        // The broker delivers all of it again, the one that is being worked on too.
        for (key, item) in [("a", 11), ("a", 12), ("b", 13), ("b", 14)] {
            #expect(queue.add(item, key: key, generation: 2))
        }
        #expect(queue.waitingItems == 4)
        for (key, item) in [("b", 13), ("b", 14)] {
            #expect(await queue.next()?.item == item)
            queue.finished(key)
        }
        #expect(queue.waitingItems == 2, "those of a key that is out wait for it")
        queue.finished("a")
        for item in [11, 12] {
            #expect(await queue.next()?.item == item)
            queue.finished("a")
        }
        #expect(queue.close().isEmpty)
    }

    @Test("Workers that wait are served, and all end when the queue closes")
    func closing() async {
        let queue = WorkQueue<String, Int>()
        let sum = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum = 0
                    while let (key, item) = await queue.next() {
                        sum += item
                        queue.finished(key)
                    }
                    return sum
                }
            }
            for item in 1...100 { #expect(queue.add(item, key: "\(item % 7)", generation: 1)) }
            while queue.isBusy { await Task.yield() }
            #expect(queue.close().isEmpty)
            #expect(!queue.add(1, key: "late", generation: 1))
            return await group.reduce(0, +)
        }
        #expect(sum == 5050)
    }
}

/// `#expect` cannot call what mutates.
private func next(_ lanes: inout Lanes<String, Int>, _ item: Int?, _ location: SourceLocation = #_sourceLocation) {
    let found = lanes.next()?.item
    #expect(found == item, sourceLocation: location)
}

private func finished(
    _ lanes: inout Lanes<String, Int>, _ key: String, _ expected: Bool, _ location: SourceLocation = #_sourceLocation
) {
    let more = lanes.finished(key)
    #expect(more == expected, sourceLocation: location)
}

extension WorkQueue {
    /// Whether anything is left that nobody has taken.
    var isBusy: Bool { waitingItems > 0 }
}
