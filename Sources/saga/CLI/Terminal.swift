internal import Foundation
internal import Glibc

/// Output for people: aligned, coloured on a terminal, plain in a pipe.
public enum Terminal {
    /// Colours are used on a terminal, unless NO_COLOR asks otherwise (no-color.org).
    public static let isColoured = isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    public static let isInteractive = isatty(1) == 1

    public enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case cyan = "36"
    }

    public static func styled(_ text: String, _ styles: Style...) -> String {
        guard isColoured, !styles.isEmpty else { return text }
        return "\u{1B}[" + styles.map(\.rawValue).joined(separator: ";") + "m" + text + "\u{1B}[0m"
    }

    /// Text from outside as one line without control characters, so that it cannot forge the screen.
    public static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : " " }))
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        // What turns the direction of writing round can make one word look like another.
        case .format: !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        default: true
        }
    }

    public static func print(_ line: String = "", terminator: String = "\n") {
        Swift.print(line, terminator: terminator)
        flush()
    }

    /// What was printed is seen now, in a pipe too.
    ///
    /// A pipe that nobody reads any more ends the program as it ends all others, also where whoever started it has that
    /// signal ignored: else a view that goes on would never end.
    static func flush() {
        guard fflush(nil) != 0, errno == EPIPE else { return }
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }

    public static func error(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// A line on standard error that the next one replaces; empty to take it away.
    public static func progress(_ line: String) {
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
    }

    /// The colour of a saga's status or a step's phase.
    public static func status(_ status: String) -> String {
        switch status {
        case "completed", "done": styled(status, .green)
        case "compensated", "undone": styled(status, .yellow)
        case "failed", "held", "undo-held", "abandoned", "unknown": styled(status, .red)
        case "waiting", "queued": styled(status, .dim)
        default: styled(status, .cyan)
        }
    }
}

/// Columns that are as wide as what stands in them.
public struct Table {
    private let titles: [String]
    private var rows: [[Cell]] = []

    /// What is shown, and the text whose width counts: colours take no room.
    public struct Cell {
        let plain: String
        let shown: String

        public init(_ plain: String, style: (String) -> String = { $0 }) {
            self.plain = Terminal.clean(plain)
            self.shown = style(self.plain)
        }
    }

    public init(_ titles: String...) {
        self.titles = titles
    }

    public mutating func add(_ cells: Cell...) {
        rows.append(cells)
    }

    public var lines: [String] {
        let header = titles.map { Cell($0) { Terminal.styled($0, .bold) } }
        let all = [header] + rows
        let widths = titles.indices.map { column in all.map { $0[column].plain.count }.max() ?? 0 }
        return all.map { row in
            // Nothing follows the last cell that has something in it.
            let last = row.lastIndex { !$0.plain.isEmpty } ?? 0
            return row[...last].enumerated().map { column, cell in
                cell.shown + (column == last ? "" : String(repeating: " ", count: widths[column] - cell.plain.count))
            }.joined(separator: "  ")
        }
    }

    public func print() {
        for line in lines { Terminal.print(line) }
    }
}
