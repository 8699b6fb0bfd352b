internal import Glibc
internal import Synchronization

extension Terminal {
    struct Size: Sendable {
        var columns: Int
        var rows: Int
    }

    /// What the terminal says, or what terminals always were.
    static var size: Size {
        var window = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    private static let drawn = Mutex<[String]>([])

    static var hasDrawn: Bool { drawn.withLock { !$0.isEmpty } }

    /// Puts lines where the last ones were, cut to what fits: from the top, without a flicker between.
    static func redraw(_ lines: [String], _ size: Size) {
        drawn.withLock { $0 = lines }
        let shown = lines.prefix(size.rows - 1).map { cut($0, to: size.columns) + "\u{1B}[K\n" }
        Swift.print("\u{1B}[H" + shown.joined() + "\u{1B}[J", terminator: "")
        flush()
    }

    /// The same once more, with a word above it.
    static func redrawLast(_ word: String) {
        let lines = drawn.withLock { $0 }
        guard !lines.isEmpty else { return }
        let size = size
        let shown = ([styled(word, .red)] + lines.dropFirst()).prefix(size.rows - 1).map {
            cut($0, to: size.columns) + "\u{1B}[K\n"
        }
        Swift.print("\u{1B}[H" + shown.joined() + "\u{1B}[J", terminator: "")
        flush()
    }

    /// Colours take no room, and are ended where the line is.
    private static func cut(_ line: String, to columns: Int) -> String {
        var (shown, width, isInColour) = ("", 0, false)
        for character in line {
            if character == "\u{1B}" { isInColour = true }
            if !isInColour {
                guard width < columns else { return shown + "\u{1B}[0m" }
                width += 1
            }
            shown.append(character)
            if isInColour, character == "m" { isInColour = false }
        }
        return shown
    }
}
