/// A pattern that has been read.
indirect enum PatternNode {
    case empty
    case scalar(ScalarSet)
    case start
    case end
    case sequence([PatternNode])
    case either([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Turns a pattern into instructions.
struct PatternCompiler {
    /// Counts like `{100}` are written out, so short text can ask for a long program.
    static let sizeLimit = 1000

    private var program: [PatternInstruction] = []

    static func compile(_ node: PatternNode) throws(PatternError) -> [PatternInstruction] {
        guard size(of: node) < sizeLimit else {
            throw PatternError(
                message: "it is too large: counts written out, it has more than \(sizeLimit) parts",
                help: "use smaller counts, or minLength and maxLength for the length")
        }
        var compiler = PatternCompiler()
        compiler.emit(node)
        compiler.program.append(.match)
        return compiler.program
    }

    /// How many instructions ``emit(_:)`` makes, or the limit if more.
    private static func size(of node: PatternNode) -> Int {
        let size: Int =
            switch node {
            case .empty: 0
            case .scalar, .start, .end: 1
            case .sequence(let parts): parts.reduce(0) { min($0 + self.size(of: $1), sizeLimit) }
            case .either(let parts): parts.reduce(0) { min($0 + self.size(of: $1) + 2, sizeLimit) }
            case .repeated(let part, let least, let most):
                (self.size(of: part) + 1) * max(most ?? (least + 1), 1) + 1
            }
        return min(size, sizeLimit)
    }

    private mutating func emit(_ node: PatternNode) {
        switch node {
        case .empty: break
        case .scalar(let set): program.append(.scalar(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .sequence(let parts): for part in parts { emit(part) }
        case .either(let parts): emitEither(parts[...])
        case .repeated(let part, let least, let most):
            for _ in 0..<least { emit(part) }
            guard let most else {
                emitLoop(part)
                return
            }
            // Each further one may be left out: they all lead to the end.
            var skips: [Int] = []
            for _ in least..<max(most, least) {
                skips.append(program.count)
                program.append(.split(program.count + 1, 0))
                emit(part)
            }
            for skip in skips { program[skip] = .split(skip + 1, program.count) }
        }
    }

    private mutating func emitLoop(_ part: PatternNode) {
        let split = program.count
        program.append(.split(split + 1, 0))
        emit(part)
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
    }

    private mutating func emitEither(_ parts: ArraySlice<PatternNode>) {
        guard let first = parts.first, parts.count > 1 else {
            if let only = parts.first { emit(only) }
            return
        }
        let split = program.count
        program.append(.split(split + 1, 0))
        emit(first)
        let jump = program.count
        program.append(.jump(0))
        program[split] = .split(split + 1, program.count)
        emitEither(parts.dropFirst())
        program[jump] = .jump(program.count)
    }
}
