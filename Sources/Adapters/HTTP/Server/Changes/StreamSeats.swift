internal import SagaAPI
internal import Synchronization

/// How many streams may be open at once.
final class StreamSeats: Sendable {
    private let settings: StreamSettings
    private let taken = Mutex<[String: Int]>([:])

    init(_ settings: StreamSettings) {
        self.settings = settings
    }

    /// A place for one stream, which is free again once nobody has it any more.
    final class Seat: Sendable {
        private let seats: StreamSeats
        private let holder: String

        fileprivate init(_ seats: StreamSeats, _ holder: String) {
            self.seats = seats
            self.holder = holder
        }

        deinit {
            seats.taken.withLock { taken in
                guard let count = taken[holder] else { return }
                taken[holder] = count > 1 ? count - 1 : nil
            }
        }
    }

    func take(for holder: String) throws(Problem) -> Seat {
        let refusal: Problem? = taken.withLock { taken in
            let own = taken[holder] ?? 0
            guard own < settings.each else { return .tooManyStreams("this credential has \(own) streams open") }
            let all = taken.values.reduce(0, +)
            guard all < settings.all else { return .tooManyStreams("this node serves \(all) streams") }
            taken[holder] = own + 1
            return nil
        }
        if let refusal { throw refusal }
        return Seat(self, holder)
    }
}

extension Problem {
    fileprivate static func tooManyStreams(_ what: String) -> Problem {
        Problem(
            code: "SAGA-0250", title: "Too many streams", status: 429,
            detail:
                "\(what), which is as many as may be; close one, or ask for changes now and again with Prefer: wait=0")
    }
}
