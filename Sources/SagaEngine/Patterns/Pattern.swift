/// A regular expression of ECMAScript's common part, matched in time proportional to the text.
///
/// Backtracking matchers can be made to run for years by a short text (`(a+)+b`). This one follows all
/// possibilities at once (Thompson, 1968; Pike's machine): at most `program.count` steps a character.
/// What that cannot do (back-references, looking around) is refused when the pattern is read.
public struct Pattern: Sendable {
    /// As it was written.
    public let text: String
    private let program: [PatternInstruction]

    /// How many steps matching may take for each character of the text: 1 to 1000.
    public var stepsPerCharacter: Int { program.count }

    /// Reads and compiles a pattern of at most 1000 characters.
    ///
    /// - Throws: ``PatternError`` for what is no pattern, what is not supported, and what is too large.
    public init(_ text: String) throws(PatternError) {
        self.text = text
        var parser = PatternParser(text)
        program = try PatternCompiler.compile(try parser.parse())
    }

    /// Whether the pattern matches anywhere in the text; `^` and `$` tie it to its ends.
    public func matches(_ text: String) -> Bool {
        var current = PatternStates(count: program.count)
        var next = PatternStates(count: program.count)
        var isFirst = true
        var iterator = text.unicodeScalars.makeIterator()
        var scalar = iterator.next()
        while true {
            if follow(0, into: &current, isStart: isFirst, isEnd: scalar == nil) { return true }
            guard let here = scalar else { return false }
            scalar = iterator.next()
            next.removeAll()
            for state in current.list {
                guard case .scalar(let set) = program[state], set.contains(here) else { continue }
                if follow(state + 1, into: &next, isStart: false, isEnd: scalar == nil) { return true }
            }
            swap(&current, &next)
            isFirst = false
        }
    }

    /// Adds a state and all that it leads to without taking a character; true when one of them is the end.
    private func follow(_ start: Int, into states: inout PatternStates, isStart: Bool, isEnd: Bool) -> Bool {
        var pending = [start]
        while let state = pending.popLast() {
            guard states.insert(state) else { continue }
            switch program[state] {
            case .match: return true
            case .scalar: break
            case .jump(let target): pending.append(target)
            case .split(let one, let other): pending += [one, other]
            case .start: if isStart { pending.append(state + 1) }
            case .end: if isEnd { pending.append(state + 1) }
            }
        }
        return false
    }
}

/// Why text is no pattern that is supported.
public struct PatternError: Error {
    /// What is wrong, as the end of a sentence: "it is longer than 1000 characters".
    public let message: String
    /// What to write in its place.
    public let help: String
}

enum PatternInstruction: Sendable {
    case scalar(ScalarSet)
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case match
}

/// The states that are alive, each once.
private struct PatternStates {
    private(set) var list: [Int] = []
    private var isMember: [Bool]

    init(count: Int) {
        isMember = Array(repeating: false, count: count)
    }

    mutating func insert(_ state: Int) -> Bool {
        guard !isMember[state] else { return false }
        isMember[state] = true
        list.append(state)
        return true
    }

    mutating func removeAll() {
        for state in list { isMember[state] = false }
        list.removeAll(keepingCapacity: true)
    }
}

/// Some of the scalars.
struct ScalarSet: Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    init(_ ranges: [ClosedRange<UInt32>] = [], isInverted: Bool = false) {
        self.ranges = ranges
        self.isInverted = isInverted
    }

    init(_ scalar: Unicode.Scalar) {
        ranges = [scalar.value...scalar.value]
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isInverted
    }

    /// Inverted sets within a class are turned into the ranges that they leave.
    mutating func formUnion(_ other: ScalarSet) {
        guard other.isInverted else {
            ranges += other.ranges
            return
        }
        var next: UInt32 = 0
        for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { ranges.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        ranges.append(next...0x10FFFF)
    }

    static let digits = ScalarSet([0x30...0x39])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// ECMAScript's white space and line ends.
    static let space = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    static let anyButLineEnds = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029], isInverted: true)

    var inverted: ScalarSet { ScalarSet(ranges, isInverted: !isInverted) }
}
