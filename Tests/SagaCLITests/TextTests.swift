import Testing

@testable import SagaCLI

@Suite struct TextTests {
    @Test("the columns of a table are aligned by what is seen, without blanks at the ends of lines")
    func table() {
        var table = Table("ID", "NAME", "NOTE")
        table.add(.init("1"), .init("long name"), .init("x"))
        table.add(.init("22"), .init("n", style: { "\u{1B}[31m\($0)\u{1B}[0m" }), .init(""))
        table.add(.init("3"), .init("n", style: { "\u{1B}[31m\($0)\u{1B}[0m" }), .init("y"))
        #expect(
            table.lines == [
                "ID  NAME       NOTE", "1   long name  x", "22  \u{1B}[31mn\u{1B}[0m",
                "3   \u{1B}[31mn\u{1B}[0m          y",
            ])
    }

    @Test("text from outside cannot move the cursor, end a line, or turn its direction round")
    func clean() {
        #expect(Terminal.clean("a\u{1B}[2Jb\nc\r\u{202E}d\u{2028}e\u{7F}f\tg") == "a [2Jb c  d e f g")
        #expect(Terminal.clean("größer 大 👩‍💻") == "größer 大 👩‍💻")
    }
}
