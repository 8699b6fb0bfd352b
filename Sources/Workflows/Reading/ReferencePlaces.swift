/// Where the `${` of a scalar's text stand in the file.
///
/// Escapes and folding move text about, so places are found by counting: the n-th `${` of the value is
/// the n-th of the file from where the scalar begins.
struct ReferencePlaces {
    private let start: Position
    private let places: [Position]
    let source: SourceText

    init(of text: String, at start: Position, in source: SourceText) {
        self.start = start
        self.source = source
        let scalars = Array(text.unicodeScalars)
        let count = ReferencePlaces.offsets(in: scalars[...]).count
        // An escape takes at most ten characters; bounded, so that no file makes us read it again and again.
        let rest = source.scalars[source.offset(of: start)...].prefix(10 * scalars.count + 256)
        let found = ReferencePlaces.offsets(in: rest, atMost: count)
        places = found.map(source.position(of:))
    }

    /// The scalar's own place where the file says `${` in another way, by an escape.
    subscript(index: Int) -> Position {
        places.indices.contains(index) ? places[index] : start
    }

    static func offsets(in scalars: ArraySlice<Unicode.Scalar>, atMost limit: Int = .max) -> [Int] {
        var found: [Int] = []
        var previous: Unicode.Scalar = " "
        for (index, scalar) in zip(scalars.indices, scalars) {
            guard found.count < limit else { break }
            if previous == "$", scalar == "{" { found.append(index - 1) }
            previous = scalar
        }
        return found
    }
}
