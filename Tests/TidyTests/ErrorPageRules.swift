/// Every error code that a person can meet has a page, and every page has its code.
enum ErrorPageRules {
    /// - Parameter pages: the pages in `docs/errors`.
    static func offences(sources: [SourceFile], pages: [SourceFile]) -> [Offence] {
        var used: Set<String> = []
        var found: [Offence] = []
        let documented = Set(pages.map { pageName($0.path) })
        for file in sources {
            for (index, line) in file.lines.enumerated() {
                for code in codes(in: line) where used.insert(code).inserted && !documented.contains(code) {
                    let advice = "\(code) has no page: write docs/errors/\(code).md (what, why, how to mend it)"
                    found.append(Offence(path: file.path, line: index + 1, advice: advice))
                }
            }
        }
        for page in pages {
            let name = pageName(page.path)
            if !used.contains(name) {
                found.append(
                    Offence(path: page.path, line: 1, advice: "nothing in Sources uses \(name): remove the page"))
            }
            if page.lines.first?.contains(name) != true {
                found.append(Offence(path: page.path, line: 1, advice: "the first line must name \(name)"))
            }
        }
        return found
    }

    /// - Parameter list: the file that lists the pages, each once and in the order of their codes within a chapter.
    static func offences(list: SourceFile, pages: [SourceFile]) -> [Offence] {
        var found: [Offence] = []
        var listed: Set<String> = []
        var last = ""
        for (index, line) in list.lines.enumerated() {
            guard line.hasPrefix("- [SAGA-"), let code = codes(in: line).first else {
                last = ""
                continue
            }
            if code <= last {
                found.append(
                    Offence(path: list.path, line: index + 1, advice: "\(code) stands behind \(last): put it in order"))
            }
            last = code
            listed.insert(code)
        }
        for page in pages where !listed.contains(pageName(page.path)) {
            found.append(
                Offence(path: list.path, line: 1, advice: "\(pageName(page.path)) has a page: add it to the list"))
        }
        return found
    }

    private static func pageName(_ path: String) -> String {
        String(path.split(separator: "/").last?.split(separator: ".").first ?? "")
    }

    private static func codes(in line: Substring) -> [String] {
        line.ranges(of: "SAGA-").compactMap { range in
            let digits = line[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
            return digits.count == 4 ? "SAGA-\(digits)" : nil
        }
    }
}
