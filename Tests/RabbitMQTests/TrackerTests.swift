import TestSupport
import Testing

@testable import RabbitMQ

@Suite("Which messages are confirmed", .timeLimit(.minutes(3)))
struct ConfirmTrackerTests {
    private func tracker(_ count: Int) -> ConfirmTracker<Int> {
        var tracker = ConfirmTracker<Int>()
        for number in 1...count { tracker.published(number) }
        return tracker
    }

    private func settled(_ tracker: inout ConfirmTracker<Int>, _ tag: UInt64, multiple: Bool) -> [Int] {
        var all: [Int] = []
        tracker.settle(tag, multiple: multiple) { all.append($0) }
        return all
    }

    @Test("a single confirm settles one, in any order, once")
    func single() {
        var tracker = tracker(5)
        #expect(settled(&tracker, 3, multiple: false) == [3])
        #expect(settled(&tracker, 1, multiple: false) == [1])
        #expect(settled(&tracker, 3, multiple: false) == [])
        #expect(tracker.unsettled == 3)
    }

    @Test("a multiple confirm settles all up to it, without those settled before")
    func multiple() {
        var tracker = tracker(10)
        #expect(settled(&tracker, 4, multiple: false) == [4])
        #expect(settled(&tracker, 6, multiple: true) == [1, 2, 3, 5, 6])
        #expect(settled(&tracker, 5, multiple: true) == [])
        #expect(settled(&tracker, 0, multiple: true) == [7, 8, 9, 10])
        #expect(tracker.unsettled == 0)
    }

    @Test("confirms that the broker could not have sent settle nothing")
    func nonsense() {
        var tracker = tracker(3)
        #expect(settled(&tracker, 4, multiple: false) == [])
        #expect(settled(&tracker, .max, multiple: true) == [])
        #expect(settled(&tracker, 3, multiple: true) == [1, 2, 3])
        var empty = ConfirmTracker<Int>()
        #expect(settled(&empty, 0, multiple: true) == [])
        #expect(settled(&empty, 1, multiple: false) == [])
    }

    @Test("agrees with a plain set over any sequence", arguments: 0..<8)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tracker = ConfirmTracker<Int>()
        var open: Set<Int> = []
        var next = 1
        for _ in 0..<500 {
            if Bool.random(using: &random) || open.isEmpty {
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    tracker.published(next)
                    open.insert(next)
                    next += 1
                }
            } else {
                let tag = Int.random(in: 1..<next, using: &random)
                let isMultiple = Int.random(in: 0..<4, using: &random) == 0
                let expected = isMultiple ? open.filter { $0 <= tag }.sorted() : open.filter { $0 == tag }.sorted()
                #expect(settled(&tracker, UInt64(tag), multiple: isMultiple) == expected)
                open.subtract(expected)
            }
            #expect(tracker.unsettled == open.count)
        }
        var rest: [Int] = []
        tracker.abandon { rest.append($0) }
        #expect(rest == open.sorted())
    }

    @Test("a return belongs to the first message like it after the last return")
    func returns() {
        var tracker = ConfirmTracker<String>()
        for key in ["a", "b", "a", "c", "a"] { tracker.published(key) }
        var seen: [Int] = []
        for _ in 0..<2 {
            var index = 0
            _ = tracker.returned {
                index += 1; return $0 == "a"
            }
            seen.append(index)
        }
        // The first looked at one message; the second passed "b" and found the next "a".
        #expect(seen == [1, 2])
        let passed = tracker.returned { $0 == "b" }
        #expect(passed == nil)
        let later = tracker.returned { $0 == "c" }
        #expect(later == "c")
    }
}

@Suite("Which deliveries are answered, and how", .timeLimit(.minutes(3)))
struct AcknowledgementTrackerTests {
    private func tracker(_ count: UInt64) -> AcknowledgementTracker {
        var tracker = AcknowledgementTracker()
        for tag in 1...count { _ = tracker.delivered(tag) }
        return tracker
    }

    @Test("a run from the bottom is one frame")
    func run() {
        var tracker = tracker(10)
        for tag: UInt64 in [2, 1, 3] { tracker.settle(tag, .acknowledge) }
        #expect(tracker.takeFrames() == [.ack(3, multiple: true)])
        #expect(tracker.takeFrames() == [])
        tracker.settle(4, .acknowledge)
        #expect(tracker.takeFrames() == [.ack(4, multiple: false)])
        #expect(tracker.outstanding == 6)
    }

    @Test("above a gap every answer is a frame of its own")
    func gap() {
        var tracker = tracker(6)
        for tag: UInt64 in [5, 1, 3] { tracker.settle(tag, .acknowledge) }
        #expect(tracker.takeFrames() == [.ack(5, multiple: false), .ack(3, multiple: false), .ack(1, multiple: false)])
        for tag: UInt64 in [2, 6, 4] { tracker.settle(tag, .acknowledge) }
        #expect(tracker.takeFrames() == [.ack(6, multiple: true)])
    }

    @Test("rejects go first, so that a run may pass over them")
    func rejects() {
        var tracker = tracker(4)
        tracker.settle(1, .acknowledge)
        tracker.settle(2, .reject(requeue: false))
        tracker.settle(3, .acknowledge)
        tracker.settle(4, .reject(requeue: true))
        #expect(
            tracker.takeFrames() == [.nack(2, requeue: false), .nack(4, requeue: true), .ack(3, multiple: true)])
        #expect(tracker.outstanding == 0)
    }

    @Test("nothing is answered twice, or before it came")
    func twice() {
        var tracker = tracker(2)
        tracker.settle(1, .acknowledge)
        tracker.settle(1, .acknowledge)
        tracker.settle(1, .reject(requeue: true))
        tracker.settle(3, .acknowledge)
        tracker.settle(0, .acknowledge)
        #expect(tracker.takeFrames() == [.ack(1, multiple: false)])
        tracker.settle(1, .acknowledge)
        #expect(tracker.takeFrames() == [])
        let inOrder = [tracker.delivered(5), tracker.delivered(2), tracker.delivered(3)]
        #expect(inOrder == [false, false, true])
    }

    /// What a broker does with the frames: an answer to something unknown closes the channel.
    private struct Broker {
        var unanswered: Set<UInt64> = []

        mutating func take(_ frame: AcknowledgementTracker.Frame) -> Set<UInt64>? {
            switch frame {
            case .nack(let tag, _), .ack(let tag, multiple: false):
                return unanswered.remove(tag).map { [$0] }
            case .ack(let tag, multiple: true):
                guard unanswered.contains(tag) else { return nil }
                let all = unanswered.filter { $0 <= tag }
                unanswered.subtract(all)
                return all
            }
        }
    }

    @Test("a broker never sees an unknown tag, and exactly the answered ones end", arguments: 0..<8)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tracker = AcknowledgementTracker()
        var broker = Broker()
        var answered: Set<UInt64> = []
        var next: UInt64 = 1
        for _ in 0..<300 {
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let isInOrder = tracker.delivered(next)
                #expect(isInOrder)
                broker.unanswered.insert(next)
                next += 1
            }
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                // Mostly recent ones, which leaves gaps below.
                let tag = UInt64.random(in: (next > 60 ? next - 60 : 0)...next, using: &random)
                let isReject = Int.random(in: 0..<5, using: &random) == 0
                if tag > 0, tag < next { answered.insert(tag) }
                tracker.settle(tag, isReject ? .reject(requeue: true) : .acknowledge)
            }
            for frame in tracker.takeFrames() {
                guard let ended = broker.take(frame) else {
                    Issue.record("\(frame) answers what is not open")
                    return
                }
                #expect(ended.isSubset(of: answered))
            }
            #expect(broker.unanswered.isDisjoint(with: answered))
            #expect(tracker.outstanding == broker.unanswered.count)
        }
    }
}
