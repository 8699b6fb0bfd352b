/// A place in a file. Both count from 1, columns in Unicode scalars, as libyaml does.
package struct Position: Sendable, Hashable, Comparable {
    package let line: Int
    package let column: Int

    package static let start = Position(line: 1, column: 1)

    package static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The text of a file by lines and columns.
package struct SourceText {
    let scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    package init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        var starts = [0]
        for (index, scalar) in scalars.enumerated() where SourceText.isBreak(scalar) {
            let isFirstOfPair = scalar == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if !isFirstOfPair { starts.append(index + 1) }
        }
        lineStarts = starts
    }

    /// What libyaml takes for the end of a line, so that its line numbers are ours.
    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Where in ``scalars`` a place is; the end for one beyond it.
    func offset(of position: Position) -> Int {
        guard position.line <= lineStarts.count else { return scalars.count }
        return min(lineStarts[max(position.line, 1) - 1] + max(position.column, 1) - 1, scalars.count)
    }

    func position(of offset: Int) -> Position {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return Position(line: low + 1, column: offset - lineStarts[low] + 1)
    }

    /// The end of the text for a place behind it: libyaml sees a further line behind an unfinished one.
    func clamped(_ position: Position) -> Position {
        position.line <= lineStarts.count ? position : self.position(of: scalars.count)
    }

    func scalar(at position: Position) -> Unicode.Scalar? {
        let offset = offset(of: position)
        return offset < scalars.count ? scalars[offset] : nil
    }

    /// The line without its break.
    func line(_ number: Int) -> ArraySlice<Unicode.Scalar> {
        guard number >= 1, number <= lineStarts.count else { return [] }
        let rest = scalars[lineStarts[number - 1]...]
        return rest.prefix { !SourceText.isBreak($0) }
    }

    /// The line of a place, cut to about 100 columns around it.
    func excerpt(at position: Position) -> Finding.Excerpt {
        let line = Array(line(position.line))
        let caret = min(max(position.column - 1, 0), line.count)
        let first = caret > 80 ? caret - 60 : 0
        var text = first > 0 ? "…" : ""
        var indent = first > 0 ? 1 : 0
        for index in first..<line.count {
            if index - first >= 100 {
                text += "…"
                break
            }
            let scalar = line[index]
            text.unicodeScalars.append(isSafeToPrint(scalar) ? scalar : scalar == "\t" ? " " : "\u{B7}")
            if index < caret { indent += SourceText.cells(scalar) }
        }
        return Finding.Excerpt(text: text, indent: indent)
    }

    /// How wide a terminal draws it; good enough to put a caret under Chinese titles.
    private static func cells(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default:
            scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
        }
    }
}
