/// Text from the file, fit for a message: in quotes, cut short, control characters escaped.
package func quoted(_ text: String, limit: Int = 60) -> String {
    "'\(printable(text, limit: limit))'"
}

/// Text that can do no harm on a terminal, cut to a number of scalars.
package func printable(_ text: String, limit: Int = 500) -> String {
    var result = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        guard index < limit else { return result + "…" }
        if isSafeToPrint(scalar) {
            result.unicodeScalars.append(scalar)
        } else {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
    return result
}

/// No controls, and nothing that reorders or hides its neighbours on a terminal.
func isSafeToPrint(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
    default: true
    }
}

/// `'a', 'b' or 'c'`
package func listed(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first.map { "'\($0)'" } ?? "nothing" }
    return words.dropLast().map { "'\($0)'" }.joined(separator: ", ") + " or '\(last)'"
}

/// How many words are looked at for the one that was meant: a schema may have thousands.
private let suggestionLimit = 500

/// The word that was probably meant: at most two slips away, and fewer than a third of its letters. Of very many words
/// the first are looked at.
package func suggestion(for word: String, among known: some Sequence<String>) -> String? {
    let letters = Array(word.unicodeScalars.prefix(64))
    let lowercased = word.count <= 64 ? word.lowercased() : word
    var best: (word: String, distance: Int)?
    for candidate in known.prefix(suggestionLimit) {
        if candidate.lowercased() == lowercased { return candidate }
        let others = Array(candidate.unicodeScalars)
        let allowed = min(2, max(letters.count, others.count) / 3)
        guard abs(letters.count - others.count) <= allowed else { continue }
        let distance = editDistance(letters, others)
        if distance <= allowed, distance < (best?.distance ?? .max) {
            best = (candidate, distance)
        }
    }
    return best?.word
}

/// How many letters must be put in, taken out, changed, or swapped with their neighbour.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var older: [Int] = []
    var previous = Array(0...right.count)
    for (i, letter) in left.enumerated() {
        var row = [i + 1]
        for (j, other) in right.enumerated() {
            var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (letter == other ? 0 : 1))
            if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other {
                cost = min(cost, older[j - 1] + 1)
            }
            row.append(cost)
        }
        older = previous
        previous = row
    }
    return previous[right.count]
}
