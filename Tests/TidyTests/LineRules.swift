/// A place that breaks a rule, with the way out.
struct Offence: Sendable, Hashable, CustomStringConvertible {
    let path: String
    /// Counted from 1.
    let line: Int
    let advice: String

    var description: String { "\(path):\(line): \(advice)" }
}

/// Rules about what may stand on a line.
enum LineRules {
    /// Calls and forms that are not used anywhere, with what to do in their place.
    static func forbiddenCode(in file: SourceFile) -> [Offence] {
        guard file.isSwift else { return [] }
        let forbidden = [
            ("try" + "!", "say what happens when it throws: use try with do, or #require in a test"),
            ("Task.detached", "make it a child task, or run it under a service: detached tasks miss shutdown"),
            ("Thread.sleep", "wait for a condition with a time limit"),
            ("usleep(", "wait for a condition with a time limit"),
        ]
        return offences(in: file) { _, code in
            forbidden.first { code.contains($0.0) }.map { "\($0.0) is not used here: \($0.1)" }
        }
    }

    /// Promises in place of work, in any kind of file.
    static func promises(in file: SourceFile) -> [Offence] {
        let marks = ["TO" + "DO", "FIX" + "ME"]
        return offences(in: file) { index, _ in
            let words = file.lines[index].split { !($0.isLetter || $0.isNumber || $0 == "_") }
            return marks.first { mark in words.contains { $0 == mark } }
                .map { "\($0): do it now, or open an issue and leave no mark here" }
        }
    }

    /// What the compiler does not check about concurrency says why it is right.
    static func unexplainedSafety(in file: SourceFile) -> [Offence] {
        guard file.isSwift else { return [] }
        return offences(in: file) { index, code in
            guard let found = ["@unchecked Sendable", "nonisolated(unsafe)"].first(where: { code.contains($0) }) else {
                return nil
            }
            let reasons = file.lines[max(0, index - 4)...index]
            guard !reasons.contains(where: { $0.contains("// SAFETY: ") }) else { return nil }
            return "\(found) needs a comment '// SAFETY: why' on one of the 4 lines before it"
        }
    }

    /// Folders that exist on somebody's machine only.
    static func machinePaths(in file: SourceFile) -> [Offence] {
        let roots = ["home", "root", "work", "Users"].map { "/" + $0 }
        return offences(in: file) { index, _ in
            let line = file.lines[index]
            for root in roots {
                for range in line.ranges(of: root) where isAbsolute(range, in: line) {
                    return "\(line[range]) is a path of one machine: find the place at run time, or pass it in"
                }
            }
            return nil
        }
    }

    /// Not the middle of a longer path, of an address, or of a word.
    private static func isAbsolute(_ range: Range<Substring.Index>, in line: Substring) -> Bool {
        func isPartOfName(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "._-~}*)/".contains(character)
        }
        let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
        let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
        return !isPartOfName(before) && (after == "/" || !isPartOfName(after))
    }

    private static func offences(in file: SourceFile, _ advice: (Int, Substring) -> String?) -> [Offence] {
        file.code.enumerated().compactMap { index, code in
            advice(index, code).map { Offence(path: file.path, line: index + 1, advice: $0) }
        }
    }
}

/// Rules about a file as a whole.
enum FileRules {
    static let longest = 500

    static func length(of file: SourceFile) -> [Offence] {
        // A final newline ends the last line and does not begin another.
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard file.isSwift, count > longest else { return [] }
        let advice = "\(count) lines, at most \(longest): there are two things in it, give each a file"
        return [Offence(path: file.path, line: longest + 1, advice: advice)]
    }
}
