import Testing

@testable import Workflows

/// What was probably meant is only looked for when somebody will read it. The words that are looked at are counted.
@Suite("Work for findings that are not shown")
struct SuggestionTests {
    /// Counts how many of its words anybody looks at.
    private final class Words: Sequence {
        let words: [String]
        var looks = 0

        init(_ words: [String]) { self.words = words }

        func makeIterator() -> AnyIterator<String> {
            var rest = words.makeIterator()
            return AnyIterator {
                guard let word = rest.next() else { return nil }
                self.looks += 1
                return word
            }
        }
    }

    private func list(of errors: Int) -> FindingList {
        var list = FindingList(file: "f", source: SourceText("text"))
        for _ in 0..<errors { list.add(.unknownKey, at: .start, "m", help: "h") }
        return list
    }

    @Test("Nobody looks for a word when the list is full")
    func full() {
        let words = Words(["steps", "version"])
        #expect(list(of: FindingList.limit - 1).meant(by: "stepz", among: words) == "steps")
        #expect(words.looks == 2)
        #expect(list(of: FindingList.limit).meant(by: "stepz", among: words) == nil)
        #expect(words.looks == 2)
    }

    @Test("Of very many words the first are looked at")
    func many() {
        let words = Words((0..<5000).map { "a-long-property-\($0)" })
        #expect(suggestion(for: "x-long-property-77", among: words) == "a-long-property-77")
        #expect(words.looks <= 501)
    }
}
