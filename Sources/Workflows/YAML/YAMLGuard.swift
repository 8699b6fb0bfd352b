/// Looks over the text before the YAML library gets it, for what would make the library work without
/// bound: it copies what an alias stands for, and hashes every key, however large the key is.
///
/// Both checks are made on the bare text, so they can take offence at an innocent comment; the other
/// way round, nothing that they let pass costs more than time in proportion to the file.
struct YAMLGuard {
    /// Keys that are marked by `?` may be as large as the file, each inside the other.
    private static let explicitKeyLimit = 64

    let source: SourceText

    /// Reports at most one finding; true when the library may have the text.
    func allows(_ findings: inout FindingList) -> Bool {
        if let offset = firstControlCharacter {
            findings.add(
                .notReadable, at: source.position(of: offset),
                "the file holds the control character U+\(hexadecimal(source.scalars[offset]))",
                help: "take it out; inside double quotes it can be written as an escape")
            return false
        }
        if let (offset, name) = firstAliasedAnchor {
            findings.add(
                .yamlFeature, at: source.position(of: offset), "\(quoted("&\(name)")) is an anchor with an alias",
                help: "write the value out in each place (`defaults` holds what many steps share); "
                    + "if this is meant as text, word it without \(quoted("*\(name)"))")
            return false
        }
        if let offset = firstExplicitKeyTooMany {
            findings.add(
                .keyNotText, at: source.position(of: offset), "more than \(YAMLGuard.explicitKeyLimit) explicit keys",
                help: "write keys as plain text, without '? '")
            return false
        }
        return true
    }

    private var firstControlCharacter: Int? {
        source.scalars.firstIndex { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x85: false
            case 0...0x1F, 0x7F...0x9F, 0xFFFE, 0xFFFF: true
            default: false
            }
        }
    }

    private func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Where `&name` stands if `*name` stands anywhere too.
    private var firstAliasedAnchor: (offset: Int, name: String)? {
        let aliases = Set(names(after: "*").map(\.name))
        guard !aliases.isEmpty else { return nil }
        return names(after: "&").first { aliases.contains($0.name) }
    }

    private func names(after indicator: Unicode.Scalar) -> [(offset: Int, name: String)] {
        let scalars = source.scalars
        var found: [(Int, String)] = []
        for (index, scalar) in scalars.enumerated() where scalar == indicator {
            // No token of YAML begins right behind a letter or digit.
            if index > 0, isNameScalar(scalars[index - 1]), scalars[index - 1] != "-" { continue }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[(index + 1)...].prefix(while: isNameScalar))
            if !name.isEmpty { found.append((index, String(name))) }
        }
        return found
    }

    private var firstExplicitKeyTooMany: Int? {
        let scalars = source.scalars
        var count = 0
        for (index, scalar) in scalars.enumerated() where scalar == "?" {
            if index > 0, isNameScalar(scalars[index - 1]) || !scalars[index - 1].isASCII { continue }
            guard index + 1 < scalars.count, canOpenLargeKey(scalars[index + 1]) else { continue }
            count += 1
            if count > YAMLGuard.explicitKeyLimit { return index }
        }
        return nil
    }

    /// Behind `?`: a blank, or in a flow collection at once what opens a collection, a property or a comment.
    private func canOpenLargeKey(_ scalar: Unicode.Scalar) -> Bool {
        SourceText.isBreak(scalar) || " \t[{?&!#".unicodeScalars.contains(scalar)
    }

    private func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}
