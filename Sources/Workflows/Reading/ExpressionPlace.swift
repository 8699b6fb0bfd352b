/// Where the parts of an expression stand in the file.
///
/// Escapes and folding move text about. As long as the file says the same as the expression, scalar by scalar, a
/// place within is known; behind that it is where the expression begins.
struct ExpressionPlace {
    /// Of its `$`.
    let start: Position
    /// Of each scalar that the file has as the expression has it, with the place behind the last one.
    private let firstOffset: Int
    private let verbatim: Int

    private init(start: Position, firstOffset: Int, verbatim: Int) {
        self.start = start
        self.firstOffset = firstOffset
        self.verbatim = verbatim
    }

    /// - Parameter text: what stands between `${` and `}`.
    init(_ text: String, at start: Position, in source: SourceText) {
        self.start = start
        let offset = source.offset(of: start)
        let rest = source.scalars[offset...]
        guard rest.starts(with: "${".unicodeScalars) else {
            firstOffset = offset
            verbatim = -1
            return
        }
        firstOffset = offset + 2
        verbatim = zip(rest.dropFirst(2), text.unicodeScalars).prefix { $0 == $1 }.count
    }

    /// - Parameters:
    ///   - offset: in UTF-8 bytes from the start of the expression.
    ///   - text: that of the expression.
    func position(of offset: Int, in text: String, _ source: SourceText) -> Position {
        let scalars = String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
        return scalars <= verbatim ? source.position(of: firstOffset + scalars) : start
    }

    /// Of an expression that is a part of another, from this place of it on.
    func moved(by offset: Int, in text: String, _ source: SourceText) -> ExpressionPlace {
        let scalars = String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
        guard scalars <= verbatim else { return unknownWithin }
        return ExpressionPlace(
            start: position(of: offset, in: text, source), firstOffset: firstOffset + scalars,
            verbatim: verbatim - scalars)
    }

    /// Of an expression that is put together from parts of another.
    var unknownWithin: ExpressionPlace { ExpressionPlace(start: start, firstOffset: 0, verbatim: -1) }
}
