import Testing

@testable import SagaCLI

@Suite("A stream of events is read as the standard says") struct EventParserTests {
    private func read(_ text: String, portion: Int = 1 << 20) -> (events: [String], lastID: String) {
        var parser = EventParser()
        var events: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            events += parser.take(Array(rest.prefix(portion))).map { "\($0.name): \($0.data)" }
            rest = rest.dropFirst(portion)
        }
        return (events, parser.lastID)
    }

    @Test(
        "whatever ends its lines, and however it is cut up", arguments: ["\n", "\r\n", "\r"], [1, 2, 3, 1_000])
    func lines(_ end: String, _ portion: Int) {
        let text = [
            ": a comment", "", "data: YHOO", "data: +2", "data", "data:10", "", "event: add", "id: 1", "data:  two", "",
            "id", "data: three", "", "unknown: x", "", "id: 4", "", "data: not complete",
        ].joined(separator: end)
        let (events, lastID) = read(text, portion: portion)
        #expect(events == ["message: YHOO\n+2\n\n10", "add:  two", "message: three"])
        #expect(lastID == "4")
    }

    @Test("an id with a NUL is none, and text is UTF-8")
    func ids() {
        let (events, lastID) = read("id: a\ndata: ж\n\nid: b\0\ndata: 漢\n\n", portion: 1)
        #expect(events == ["message: ж", "message: 漢"] && lastID == "a")
    }
}
