/// Text as it can stand in a drawing.
enum Label {
    /// On one line, without what no format can carry or what would change how the text around it reads: control
    /// characters, and those that turn the direction of writing.
    static func clean(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029:
                if result.last != " " { result.append(" ") }
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// How many columns a character takes, near enough to measure a box by: Chinese and the like take two.
    static func columns(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        return first.value >= 0x1100 && !(0x2000..<0x2E80 ~= first.value) ? 2 : 1
    }

    static func columns(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + columns($1) } }

    /// Cut to so many columns, the last of them `…` if something is missing.
    static func shortened(_ text: String, to limit: Int) -> String { wrapped(text, to: limit, lines: 1)[0] }

    /// At most so many lines, broken behind spaces, hyphens and dots where that leaves no line half empty.
    static func wrapped(_ text: String, to limit: Int, lines: Int) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while found.count < lines - 1, columns(rest) > limit {
            var (taken, width) = (rest.startIndex, 0)
            var goodBreak: Substring.Index?
            while taken < rest.endIndex, width + columns(rest[taken]) <= limit {
                width += columns(rest[taken])
                let isBreak = " -.".contains(rest[taken])
                taken = rest.index(after: taken)
                if isBreak, width * 2 >= limit { goodBreak = taken }
            }
            // A character wider than the line is taken all the same.
            if taken == rest.startIndex { taken = rest.index(after: taken) }
            let end = goodBreak ?? taken
            found.append(trimmed(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        guard columns(rest) > limit else { return found + [trimmed(rest)] }
        var (last, width) = ("", 1)
        for character in rest {
            width += columns(character)
            guard width <= limit else { break }
            last.append(character)
        }
        return found + [last + "…"]
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
