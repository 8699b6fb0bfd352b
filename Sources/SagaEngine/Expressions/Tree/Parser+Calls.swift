internal import Patterns
internal import SagaValues

/// Functions and macros. The current token is the opening bracket of the arguments.
extension Parser {
    /// `f(x)`, from the name on.
    mutating func global(_ name: String) throws(ExpressionFinding) -> Node {
        let range = current.range
        index += 1
        let arguments = try arguments()
        if name == "has" { return try has(arguments, range) }
        guard let function = known(name, range, [.global, .either]) else { return unknown(range) }
        return function.form == .either
            ? try method(function, of: arguments, range) : try call(function, arguments, range)
    }

    /// Whether a function of `math` is called here. A variable of that name hides them only where it is a macro's.
    var isMathematics: Bool {
        guard current.kind == .name("math"), !locals.contains("math"), token(at: 1) == .symbol(.dot),
            case .name = token(at: 2)
        else { return false }
        return token(at: 3) == .symbol(.openRound)
    }

    /// `math.f(x)`, from the name on.
    mutating func mathematics() throws(ExpressionFinding) -> Node {
        let start = current.range
        index += 2
        guard case .name(let name) = current.kind else { throw unexpected("a name") }
        let range = start.through(current.range)
        index += 1
        let arguments = try arguments()
        guard let function = known(name, range, [.math]) else { return unknown(range) }
        return try call(function, arguments, range)
    }

    private mutating func call(
        _ function: Function, _ arguments: [Node], _ range: TextRange
    ) throws(ExpressionFinding) -> Node {
        checkCount(of: arguments, for: function, range)
        return try made(.call(function, arguments), range.through(lastRange))
    }

    /// `f(x, y)` as `x.f(y)`
    private mutating func method(
        _ function: Function, of arguments: [Node], _ range: TextRange
    ) throws(ExpressionFinding) -> Node {
        let whole = range.through(lastRange)
        guard let value = arguments.first else {
            let name = function.rawValue
            note(.wrongArguments, range, "\(name)() needs a value", help: "write \(name)(x) or x.\(name)()")
            return unknown(range)
        }
        let kind = suffix(function, Array(arguments.dropFirst()), range)
        return Node(kind: try extended(value, by: [Suffix(kind: kind, range: whole)]).kind, range: whole)
    }

    /// In place of what was found wrong, so that the rest can be read.
    private func unknown(_ range: TextRange) -> Node {
        Node(kind: .literal(.null), range: range.through(lastRange))
    }

    /// `.f(x)` and the macros
    mutating func method(_ name: String, _ range: TextRange) throws(ExpressionFinding) -> Suffix.Kind {
        if let macro = Macro(rawValue: name) { return try comprehension(macro, range) }
        let arguments = try arguments()
        guard let function = known(name, range, [.method, .either]) else { return .member(name) }
        return suffix(function, arguments, range)
    }

    private mutating func suffix(_ function: Function, _ arguments: [Node], _ range: TextRange) -> Suffix.Kind {
        checkCount(of: arguments, for: function, range)
        guard function == .matches, let argument = arguments.first else { return .call(function, arguments) }
        guard case .literal(.string(let text)) = argument.kind else {
            note(
                .wrongArguments, argument.range, "the pattern of matches() must be written out as text",
                help: "write it in quotes, raw ones keep backslashes as they are: matches(r'^\\d+$')")
            return .call(function, arguments)
        }
        do throws(PatternError) {
            return .matches(try Pattern(text))
        } catch {
            note(.badPattern, argument.range, "the pattern cannot be used: \(error.message)", help: error.help)
            return .call(function, arguments)
        }
    }

    private mutating func known(_ name: String, _ range: TextRange, _ forms: Set<Function.Form>) -> Function? {
        if let function = Function.named(name, forms) { return function }
        if let function = Function(rawValue: name) {
            let form =
                switch function.form {
                case .global, .either: "\(name)(x)"
                case .method: "x.\(name)(…)"
                case .math: "math.\(name)(x)"
                }
            note(.unknownFunction, range, "'\(name)' is not called in this way", help: "write \(form)")
        } else if Macro(rawValue: name) != nil {
            note(.unknownFunction, range, "'\(name)' is not called in this way", help: "write list.\(name)(x, …)")
        } else if let (what, help) = NotSupported.function(name) {
            note(.notSupported, range, what, help: help)
        } else {
            let macros = forms.contains(.method) ? ", " + Macro.allCases.map(\.rawValue).joined(separator: ", ") : ""
            let has = forms.contains(.global) ? ", has" : ""
            let hint = name.contains("-") ? "put spaces around the minus if it is one; " : ""
            note(
                .unknownFunction, range, "there is no function '\(name)' that is called in this way",
                help: hint + "there are \(Function.names(forms))\(has)\(macros)")
        }
        return nil
    }

    private mutating func checkCount(of arguments: [Node], for function: Function, _ range: TextRange) {
        let wanted = function.argumentCount
        guard !wanted.contains(arguments.count) else { return }
        let count =
            wanted.count == 1 ? "\(wanted.lowerBound)" : "\(wanted.lowerBound) to \(wanted.upperBound)"
        note(
            .wrongArguments, range, "\(function.fullName)() takes \(count) arguments, and here are \(arguments.count)",
            help: "see EXPRESSIONS.md for what it takes")
    }

    private mutating func arguments() throws(ExpressionFinding) -> [Node] {
        try expect(.openRound, "'('")
        var arguments: [Node] = []
        if try take(.closeRound) { return arguments }
        repeat { arguments.append(try expression()) } while try take(.comma)
        try expect(.closeRound, "',' or ')'")
        return arguments
    }

    // MARK: Macros

    private mutating func has(_ arguments: [Node], _ range: TextRange) throws(ExpressionFinding) -> Node {
        let whole = range.through(lastRange)
        guard arguments.count == 1, case .path(let base, var suffixes) = arguments[0].kind,
            case .member(let name)? = suffixes.popLast()?.kind
        else {
            note(
                .wrongArguments, whole, "has() takes one member of a value",
                help: "write has(input.name) or has(input[\"user-id\"])")
            return unknown(range)
        }
        return try made(.has(try extended(base, by: suffixes), name), whole)
    }

    private mutating func comprehension(_ macro: Macro, _ range: TextRange) throws(ExpressionFinding) -> Suffix.Kind {
        let variable = try variable(of: macro)
        let level = locals.count
        locals.append(variable)
        depth += 2
        defer {
            locals.removeLast()
            depth -= 2
        }
        let body = try expression()
        let transform = try transform(macro)
        return .each(
            Comprehension(macro: macro, variable: variable, level: level, body: body, transform: transform))
    }

    /// The bracket, the name for the item, and the comma.
    private mutating func variable(of macro: Macro) throws(ExpressionFinding) -> String {
        try expect(.openRound, "'('")
        guard case .name(let variable) = current.kind, token(at: 1) == .symbol(.comma),
            !["true", "false", "null", "in"].contains(variable), !variable.contains("-")
        else {
            throw ExpressionFinding(
                .wrongArguments, current.range, "\(macro.rawValue)() begins with a name for the item",
                help: "write list.\(macro.rawValue)(x, …); the name has letters, digits and _")
        }
        index += 2
        return variable
    }

    /// The third argument, if there is one, and the bracket.
    private mutating func transform(_ macro: Macro) throws(ExpressionFinding) -> Node? {
        guard macro == .map, try take(.comma) else {
            try expect(.closeRound, macro == .map ? "',' or ')'" : "')'")
            return nil
        }
        let transform = try expression()
        try expect(.closeRound, "')'")
        return transform
    }
}
