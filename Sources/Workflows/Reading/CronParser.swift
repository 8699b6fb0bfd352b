internal import SagaCore

/// Reads the five fields of a crontab line.
///
/// A field is `*` or a list of numbers and ranges, each perhaps with a step: `0`, `1-5`, `*/15`, `8-18/2`, `mon,fri`.
enum CronParser {
    struct Failure: Error {
        let message: String
    }

    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []
        /// What the first of the names stands for.
        var firstName = 0
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of the month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1),
        Field(name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    static func parse(_ text: String) throws(Failure) -> Cron {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 5, text.utf8.count <= 200 else {
            throw Failure(message: "there are \(words.count) fields in place of 5")
        }
        var values: [Set<Int>] = []
        for (word, field) in zip(words, fields) { values.append(try CronParser.values(word, field)) }
        let cron = Cron(
            text: text, minutes: values[0], hours: values[1],
            daysOfMonth: words[2] == "*" ? nil : values[2], months: values[3],
            daysOfWeek: words[4] == "*" ? nil : Set(values[4].map { $0 % 7 }))
        let longest = values[3].map { [2: 29, 4: 30, 6: 30, 9: 30, 11: 30][$0] ?? 31 }.max() ?? 31
        if (values[2].min() ?? 1) > longest, words[4] == "*" { throw Failure(message: "there is never such a day") }
        return cron
    }

    private static func values(_ word: Substring, _ field: Field) throws(Failure) -> Set<Int> {
        var values: Set<Int> = []
        for item in word.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
            let range: ClosedRange<Int>
            if parts[0] == "*" {
                range = field.range
            } else if ends.count == 2 {
                let (first, last) = (try number(ends[0], field), try number(ends[1], field))
                guard first <= last else {
                    throw Failure(message: "the \(field.name) goes from \(first) back to \(last)")
                }
                range = first...last
            } else if ends.count == 1, parts.count == 1 {
                let only = try number(ends[0], field)
                range = only...only
            } else {
                throw unreadable(item, field)
            }
            guard parts.count <= 2 else { throw unreadable(item, field) }
            var step = 1
            if parts.count == 2 {
                guard let value = decimal(parts[1]), 1...59 ~= value else { throw unreadable(item, field) }
                step = value
            }
            values.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        return values
    }

    private static func number(_ text: Substring, _ field: Field) throws(Failure) -> Int {
        if let index = field.names.firstIndex(of: text.lowercased()) { return field.firstName + index }
        guard let value = decimal(text) else { throw unreadable(text, field) }
        guard field.range.contains(value) else {
            throw Failure(
                message:
                    "the \(field.name) is \(value), not from \(field.range.lowerBound) to \(field.range.upperBound)")
        }
        return value
    }

    private static func decimal(_ text: Substring) -> Int? {
        guard 1...2 ~= text.utf8.count, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func unreadable(_ text: Substring, _ field: Field) -> Failure {
        Failure(message: "\(quoted(String(text), limit: 20)) is no \(field.name)")
    }

    /// `UTC`, or `Area/City` with perhaps a place between.
    static func isTimeZone(_ text: String) -> Bool {
        if text == "UTC" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && text.utf8.count <= 64
            && parts.allSatisfy { part in
                guard let first = part.utf8.first, (65...90).contains(first) else { return false }
                return part.utf8.allSatisfy { byte in
                    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                        || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
                }
            }
    }
}
