import Testing

/// The rules that no compiler checks, applied to the whole project.
@Suite("The project") struct ProjectTests {
    let files: ProjectFiles
    let rules: ModuleRules

    init() throws {
        files = try ProjectFiles.current.get()
        rules = ModuleRules(map: ModuleMap(manifest: files.manifest))
    }

    /// One issue with every offence on a line of its own.
    private func expectNone(_ offences: [Offence]) {
        if !offences.isEmpty { Issue.record("\(offences.map(\.description).joined(separator: "\n"))") }
    }

    @Test("was found") func found() {
        #expect(files.all.contains { $0.path == "Package.swift" })
        #expect(files.under("Sources").count { $0.isSwift } > 10)
        #expect(files.under("Tests").contains { $0.path == "Tests/TidyTests/ProjectTests.swift" })
    }

    @Test("has every module that the rules name")
    func modules() {
        let named = Set(ModuleRules.allowed.keys).union(ModuleRules.withoutFoundation).union(ModuleRules.participants)
        for module in named.sorted() {
            let folder = rules.map.folder(of: module)
            #expect(folder != nil, "Package.swift has no target \(module); mend the rules if it was renamed")
            if let folder { #expect(!files.under(folder).isEmpty, "no files of \(module) in \(folder)") }
        }
    }

    @Test("keeps Foundation out of the pure modules")
    func foundation() { expectNone(files.all.flatMap(rules.foundation)) }

    @Test("has imports that point downward only")
    func direction() { expectNone(files.under("Sources").flatMap(rules.direction)) }

    @Test("forces no throwing call, detaches no task and sleeps on no hope")
    func forbiddenCode() { expectNone(files.all.flatMap(LineRules.forbiddenCode)) }

    @Test("promises nothing in place of doing it")
    func promises() { expectNone(files.all.flatMap(LineRules.promises)) }

    @Test("says why unchecked concurrency is safe")
    func safety() { expectNone(files.all.flatMap(LineRules.unexplainedSafety)) }

    @Test("names no folder of one machine")
    func machinePaths() { expectNone(files.all.flatMap(LineRules.machinePaths)) }

    @Test("has no file that is too long")
    func length() { expectNone(files.all.flatMap(FileRules.length)) }

    @Test("documents every error code, and no other")
    func errorPages() {
        expectNone(ErrorPageRules.offences(sources: files.under("Sources"), pages: files.under("docs/errors")))
        let list = files.all.first { $0.path == "docs/ERRORS.md" }
        expectNone(
            ErrorPageRules.offences(
                list: list ?? SourceFile(path: "docs/ERRORS.md", text: ""), pages: files.under("docs/errors")))
    }
}
