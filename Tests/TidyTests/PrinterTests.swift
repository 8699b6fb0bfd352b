import Testing

/// Whoever adds a command prints through `Printer`, so that every command knows every form.
@Suite("The commands of the program") struct PrinterTests {
    @Test("leave the forms of output to the one printer")
    func printer() throws {
        let files = try ProjectFiles.current.get()
        let commands = ["CLI", "Tools", "Bench"].flatMap { files.under("Sources/saga/\($0)") }
        #expect(commands.count > 30)
        let marks = ["Format.json(", ".output.chosen", "options.json", "isJSON"]
        for file in commands where !file.path.hasSuffix("Output/Printer.swift") {
            for (number, line) in file.code.enumerated() {
                guard let mark = marks.first(where: { line.contains($0) }) else { continue }
                Issue.record("\(file.path):\(number + 1): \(mark): print through the Printer of the options")
            }
        }
    }
}
