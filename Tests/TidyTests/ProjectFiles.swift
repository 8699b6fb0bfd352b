import Foundation

/// The files of the project, as they are in the checkout that this test was built from.
struct ProjectFiles: Sendable {
    let all: [SourceFile]
    let manifest: String

    static let current = Result { try ProjectFiles() }

    private init() throws {
        // Tests/TidyTests/<this file>; the links are followed so that a build elsewhere finds it too.
        var top = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { top.deleteLastPathComponent() }
        manifest = try String(contentsOf: top.appendingPathComponent("Package.swift"), encoding: .utf8)

        let manager = FileManager.default
        let places = ["Sources", "Tests", "docs", "scripts", "workflows", ".ci", "Fuzz"]
        var paths = try manager.contentsOfDirectory(atPath: top.path)
        for place in places {
            let contents = (try? manager.subpathsOfDirectory(atPath: top.appendingPathComponent(place).path)) ?? []
            paths += contents.map { "\(place)/\($0)" }
        }
        // What is no text, a folder for example, is not read.
        all = paths.sorted().compactMap { path in
            let text = try? String(contentsOf: top.appendingPathComponent(path), encoding: .utf8)
            return text.map { SourceFile(path: path, text: $0) }
        }
    }

    func under(_ folder: String) -> [SourceFile] {
        all.filter { $0.path.hasPrefix(folder + "/") }
    }
}
