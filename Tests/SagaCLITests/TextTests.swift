import SagaValues
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

    @Test("a duration is told in the unit that fits, and never as less than nothing")
    func durations() {
        let start = Timestamp(microseconds: 1_700_000_000_000_000)
        func told(_ duration: Duration) -> String { Format.duration(from: start, to: start + duration) }
        #expect(told(.microseconds(999)) == "999 µs")
        #expect(told(.microseconds(1_050)) == "1.0 ms")
        #expect(told(.milliseconds(999)) == "999.0 ms")
        #expect(told(.milliseconds(119_950)) == "119.9 s")
        #expect(told(.seconds(120)) == "2m 0s")
        #expect(told(.seconds(7_199)) == "119m 59s")
        #expect(told(.seconds(7_261)) == "2h 1m")
        #expect(told(.seconds(-3)) == "0 µs")
        #expect(Format.duration(from: nil, to: start) == "-")
    }
}
