/// Text as troff takes it.
enum Roff {
    /// Text within a line: what troff would take for something else is escaped, and what is not ASCII is named by its
    /// number, so that a page looks the same whatever reads it.
    static func text(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": shown += "\\e"
            case "-": shown += "\\-"
            case "'": shown += "\\(aq"
            case "`": shown += "\\(ga"
            case "^": shown += "\\(ha"
            case "~": shown += "\\(ti"
            case "\"": shown += "\\(dq"
            case "\n", "\t", " ": shown += " "
            case _ where scalar.isASCII: shown.unicodeScalars.append(scalar)
            default:
                let number = String(scalar.value, radix: 16, uppercase: true)
                shown += "\\[u" + String(repeating: "0", count: max(0, 4 - number.count)) + number + "]"
            }
        }
        return shown
    }

    /// A line of text. One that begins with a point would be a request.
    static func line(_ text: String) -> String {
        let line = Self.text(text)
        return line.hasPrefix(".") ? "\\&" + line : line
    }

    /// Paragraphs, with empty lines between them. One of several lines is shown as it is.
    static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n\n").flatMap { paragraph in
            let lines = paragraph.split(separator: "\n").map(String.init)
            return lines.count > 1 ? [".PP", ".nf"] + lines.map(preformatted) + [".fi"] : [".PP"] + lines.map(line)
        }
    }

    private static func preformatted(_ line: String) -> String {
        let blanks = line.prefix { $0 == " " }
        return String(blanks) + self.line(String(line.dropFirst(blanks.count)))
    }
}
