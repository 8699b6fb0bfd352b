/// Letters in a row as text: `a520` for 520 times the same, `(ab3)40` for forty times one and three others.
///
/// So workflows that go on regularly, a condition at each second step, say, take no more room than uniform ones.
enum StepLetters {
    static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Counts have five digits at most.
    private static let longest = 99_999
    /// Groups are looked for up to this many runs.
    private static let widest = 8
    /// A group has to save that many runs.
    private static let worthwhile = 4

    private struct Run: Hashable {
        let letter: Int
        var count: Int

        func append(to out: inout [UInt8]) {
            out.append(alphabet[letter])
            if count > 1 { out.append(contentsOf: String(count).utf8) }
        }
    }

    // MARK: Writing

    /// - Parameter letters: by their places in ``alphabet``.
    static func append(_ letters: some Sequence<Int>, to out: inout [UInt8]) {
        var runs: [Run] = []
        for letter in letters {
            if let last = runs.last, last.letter == letter, last.count < longest {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(Run(letter: letter, count: 1))
            }
        }
        var index = 0
        while index < runs.count {
            if let (width, times) = group(runs, at: index) {
                out.append(UInt8(ascii: "("))
                for run in runs[index..<index + width] { run.append(to: &out) }
                out.append(UInt8(ascii: ")"))
                out.append(contentsOf: String(times).utf8)
                index += width * times
            } else {
                runs[index].append(to: &out)
                index += 1
            }
        }
    }

    /// The shortest group that begins here and comes again often enough.
    private static func group(_ runs: [Run], at start: Int) -> (width: Int, times: Int)? {
        for width in 2...widest where start + 2 * width <= runs.count {
            var end = start + width
            while end < runs.count, runs[end] == runs[end - width] { end += 1 }
            let times = min((end - start) / width, longest)
            if (times - 1) * width >= worthwhile { return (width, times) }
        }
        return nil
    }

    // MARK: Reading

    /// The places in ``alphabet``; nil for what ``append(_:to:)`` cannot have written, or if they are more than `limit`.
    static func read(_ text: String, limit: Int) -> [Int]? {
        var letters: [Int] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: "(") {
                rest = rest.dropFirst()
                var group: [Int] = []
                while rest.first != UInt8(ascii: ")") {
                    guard let run = run(&rest), group.count + run.count <= limit else { return nil }
                    group.append(contentsOf: repeatElement(run.letter, count: run.count))
                }
                rest = rest.dropFirst()
                guard !group.isEmpty, let times = count(&rest), times > 1,
                    times <= (limit - letters.count) / group.count
                else { return nil }
                for _ in 0..<times { letters.append(contentsOf: group) }
            } else {
                guard let run = run(&rest), run.count <= limit - letters.count else { return nil }
                letters.append(contentsOf: repeatElement(run.letter, count: run.count))
            }
        }
        return letters.isEmpty ? nil : letters
    }

    private static func run(_ rest: inout ArraySlice<UInt8>) -> Run? {
        guard let letter = rest.popFirst().flatMap({ alphabet.firstIndex(of: $0) }), let count = count(&rest) else {
            return nil
        }
        return Run(letter: letter, count: count)
    }

    /// 1 if none is written.
    private static func count(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let first = digits.first else { return 1 }
        rest = rest.dropFirst(digits.count)
        guard first != UInt8(ascii: "0"), digits.count <= 5 else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
