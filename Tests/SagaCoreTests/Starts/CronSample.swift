import Foundation
import SagaCore
import SagaValues

/// Crontab lines as values; the reader of their text has tests of its own.
enum CronSample {
    /// - Parameter text: five fields of `*`, numbers, ranges and lists of these.
    static func cron(_ text: String) -> Cron {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...6]
        let words = text.split(separator: " ")
        let fields = zip(words, ranges).map { word, range -> Set<Int> in
            if word == "*" { return Set(range) }
            return word.split(separator: ",").reduce(into: Set()) { values, part in
                let ends = part.split(separator: "-").map { Int($0)! }
                values.formUnion(ends[0]...ends.last!)
            }
        }
        return Cron(
            text: text, minutes: fields[0], hours: fields[1], daysOfMonth: words[2] == "*" ? nil : fields[2],
            months: fields[3], daysOfWeek: words[4] == "*" ? nil : fields[4])
    }

    /// The clocks of a real zone.
    static func clock(_ zone: String) -> WallClock {
        guard let zone = Foundation.TimeZone(identifier: zone) else { preconditionFailure("no zone \(zone)") }
        return WallClock { zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval($0))) }
    }

    static func time(_ text: String) -> Timestamp {
        guard let time = Timestamp(iso8601: text) else { preconditionFailure("\(text) is no time") }
        return time
    }
}
