import Testing

/// `docs/API.md` against the router: the requests, the parameters and the codes that are in the source.
@Suite("The page of the HTTP API") struct APIPageTests {
    let page: String
    let sources: [SourceFile]

    init() throws {
        let files = try ProjectFiles.current.get()
        page = try #require(files.all.first { $0.path == "docs/API.md" }).lines.joined(separator: "\n")
        sources = files.under("Sources/Adapters/HTTP/Server")
    }

    /// What stands in the source, per file.
    private var texts: [String] { sources.map { $0.lines.joined(separator: "\n") } }

    @Test("has the requests that the router has, and no other")
    func requests() throws {
        var routes: Set<String> = []
        for text in texts {
            for match in text.matches(of: /(group|router)\.(get|post|put|patch|delete|stream)(?:Open)?\("([^"]+)"/) {
                let path = match.3.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
                let prefix = match.1 == "group" ? "/v1/" : "/"
                let method = match.2 == "stream" ? "GET" : match.2.uppercased()
                routes.insert("\(method) \(prefix)\(path.joined(separator: "/"))")
            }
        }
        #expect(routes.count > 10)
        let told = Set(page.matches(of: /\*\*`((GET|POST|PUT|PATCH|DELETE) [^`]+)`\*\*/).map { String($0.1) })
        #expect(told == routes)
    }

    @Test("names each parameter of a query")
    func parameters() {
        var names: Set<String> = []
        for text in texts {
            names.formUnion(text.matches(of: /\.query\(\s*"(\w+)",/).map { String($0.1) })
        }
        #expect(names.contains("cursor"))
        for name in names.sorted() {
            #expect(page.contains("`\(name)`") || page.contains("`\(name)="), "no word of \(name)")
        }
    }

    @Test("has the codes that the server answers with, and no other")
    func codes() {
        let answered = Set(texts.flatMap { $0.matches(of: /"(SAGA-\d{4})"/).map { String($0.1) } })
        #expect(answered.count > 10)
        #expect(Set(page.matches(of: /errors\/(SAGA-\d{4})\.md/).map { String($0.1) }) == answered)
    }
}
