internal import ArgumentParser
internal import Glibc
internal import SagaValues

/// How people want times written. What is for programs has ISO 8601 in UTC always.
enum TimeStyle: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// `2026-11-21 10:00:00`, in UTC.
    case utc
    /// `3m ago`.
    case relative
    /// `2026-11-21T10:00:00.123Z`.
    case iso
    /// `2026-11-21 11:00:00 +01:00`, in the zone of `TZ` or else of the machine.
    case local

    /// That of the command that is printing.
    @TaskLocal static var current = TimeStyle.utc

    /// All of a time, for a column of a table.
    func text(_ time: Timestamp, now: Timestamp = .now()) -> String {
        switch self {
        case .utc: Self.plain(time.description.prefix(19))
        case .relative: Self.distance(from: time, to: now)
        case .iso: time.description
        case .local: Self.local(time).date
        }
    }

    /// The same within a sentence, where nothing else says of which zone it is.
    func sentence(_ time: Timestamp, now: Timestamp = .now()) -> String {
        text(time, now: now) + (self == .utc ? " UTC" : "")
    }

    /// The time of day with its thousandths, for what follows closely on each other.
    func timeOfDay(_ time: Timestamp, now: Timestamp = .now()) -> String {
        switch self {
        case .utc: String(time.description.dropFirst(11).prefix(12))
        case .relative, .iso: text(time, now: now)
        case .local: Self.local(time).timeOfDay
        }
    }

    private static func plain(_ text: Substring) -> String { String(text).replacing("T", with: " ") }

    /// In the largest unit of which there are two at least: `90s ago`, `in 3d`.
    static func distance(from time: Timestamp, to now: Timestamp) -> String {
        let seconds = Int64((now - time).components.seconds)
        let size = seconds.magnitude
        let text =
            switch size {
            case 0: "now"
            case ..<120: "\(size)s"
            case ..<7_200: "\(size / 60)m"
            case ..<172_800: "\(size / 3_600)h"
            default: "\(size / 86_400)d"
            }
        return size == 0 ? text : seconds > 0 ? "\(text) ago" : "in \(text)"
    }

    /// By the C library, which knows `TZ` in all its forms.
    private static func local(_ time: Timestamp) -> (date: String, timeOfDay: String) {
        tzset()
        // Downward, also before 1970.
        let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let seconds = remainder < 0 ? quotient - 1 : quotient
        let thousandths = (remainder < 0 ? remainder + 1_000_000 : remainder) / 1_000
        var (instant, fields) = (time_t(seconds), tm())
        localtime_r(&instant, &fields)
        // The fields of the zone's clock are those that UTC has so much later.
        let shown = (time + .seconds(fields.tm_gmtoff)).description
        let minutes = abs(fields.tm_gmtoff) / 60
        let offset = "\(fields.tm_gmtoff < 0 ? "-" : "+")\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
        return (
            "\(plain(shown.prefix(19))) \(offset)",
            "\(shown.dropFirst(11).prefix(8)).\(padded(Int(thousandths), 3))"
        )
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
