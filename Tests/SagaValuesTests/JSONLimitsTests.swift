import SagaValues
import Testing

@Suite("JSON: limits")
struct JSONLimitsTests {
    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test("64 levels are read, one more is not")
    func depth() {
        #expect(refusal(of: nested(64)) == nil)
        #expect(refusal(of: nested(65)) == .tooDeep)
        #expect(parseError(nested(65))?.offset == 64)
        let objects = String(repeating: #"{"a":"#, count: 64) + "1" + String(repeating: "}", count: 64)
        #expect(refusal(of: objects) == nil)
        #expect(refusal(of: "[\(objects)]") == .tooDeep)
    }

    @Test("depth is counted along a path, not over the document")
    func depthOfSiblings() {
        let siblings = "[" + Array(repeating: nested(63), count: 50).joined(separator: ",") + "]"
        #expect(refusal(of: siblings) == nil)
        #expect(refusal(of: #"[{"a":[]},{"a":[]},{"b":{}}]"#, limits: .init(depth: 3)) == nil)
        #expect(refusal(of: #"[{"a":[[]]}]"#, limits: .init(depth: 3)) == .tooDeep)
    }

    @Test("a hundred thousand brackets are refused, whatever the limit, and do not overflow the stack")
    func brackets() {
        for text in [
            nested(100_000), String(repeating: "[", count: 100_000), String(repeating: #"{"":"#, count: 100_000),
        ] {
            #expect(refusal(of: text) == .tooDeep)
            #expect(refusal(of: text, limits: .init(depth: .max)) == .tooDeep)
        }
    }

    @Test("the greatest depth can be read, compared, hashed, written and freed")
    func greatestDepth() throws {
        let text = nested(JSON.Limits.greatestDepth)
        let limits = JSON.Limits(depth: .max)
        let value = try JSON(parsing: text, limits: limits)
        #expect(try JSON(parsing: value.text, limits: limits) == value)
        #expect(Set([value]).contains(value))
        #expect(refusal(of: nested(JSON.Limits.greatestDepth + 1), limits: limits) == .tooDeep)
    }

    @Test("no depth at all leaves the scalars")
    func noDepth() {
        #expect(refusal(of: "1", limits: .init(depth: 0)) == nil)
        #expect(refusal(of: "[]", limits: .init(depth: 0)) == .tooDeep)
        #expect(refusal(of: "{}", limits: .init(depth: -1)) == .tooDeep)
    }

    @Test("a mebibyte is read, a byte more is not")
    func size() {
        let quotes = 2
        let fits = [0x22] + [UInt8](repeating: 0x61, count: (1 << 20) - quotes) + [0x22]
        #expect(refusal(of: fits) == nil)
        #expect(refusal(of: fits + [0x20]) == .tooBig)
        #expect(refusal(of: "[]", limits: .init(bytes: 1)) == .tooBig)
        #expect(refusal(of: "[]", limits: .init(bytes: -1)) == .tooBig)
        #expect(refusal(of: "[]", limits: .init(bytes: 2)) == nil)
    }

    @Test("the size is looked at before anything else")
    func sizeFirst() {
        #expect(refusal(of: [0xFF, 0xFF, 0xFF], limits: .init(bytes: 2)) == .tooBig)
    }

    @Test("a name that stands twice is refused, among few and among many")
    func duplicateNames() {
        #expect(refusal(of: #"{"a":1,"a":1}"#) == .duplicateName)
        #expect(parseError(#"{"a":1, "a":1}"#)?.offset == 8)
        #expect(refusal(of: #"{"a":1,"\u0061":1}"#) == .duplicateName, "an escape is no other name")
        #expect(refusal(of: #"{"":1,"":1}"#) == .duplicateName)
        #expect(refusal(of: #"[{"a":1},{"a":1}]"#) == nil)
        #expect(refusal(of: #"{"a":{"a":1}}"#) == nil)
        #expect(refusal(of: #"{"a":1,"A":1}"#) == nil)
        for count in [2, 7, 8, 9, 10, 11, 100] {
            for repeated in [0, count / 2, count - 1] {
                let names = Array(0..<count) + [repeated]
                let text = "{" + names.map { "\"n\($0)\":0" }.joined(separator: ",") + "}"
                #expect(refusal(of: text) == .duplicateName, "\(repeated) again after \(count)")
                let without = "{" + names.dropLast().map { "\"n\($0)\":0" }.joined(separator: ",") + "}"
                #expect(refusal(of: without) == nil)
            }
        }
    }

    @Test("names that differ only in their normalisation are two names")
    func normalisation() throws {
        let value = try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        var many = (0..<20).map { "\"n\($0)\":0" }
        many += ["\"\u{E9}\":1", "\"e\u{301}\":2"]
        #expect(refusal(of: "{" + many.joined(separator: ",") + "}") == nil)
    }

    @Test("many members do not take the square of their number")
    func manyMembers() {
        func processorTime(members: Int) -> Int64 {
            let bytes = Array(("{" + (0..<members).map { "\"n\($0)\":0" }.joined(separator: ",") + "}").utf8)
            return (0..<3).map { _ in
                let start = threadNanoseconds()
                #expect(refusal(of: bytes) == nil)
                return threadNanoseconds() - start
            }
            .min() ?? 0
        }
        // Ten times the members take about ten times as long; comparing every pair would take a hundred.
        #expect(processorTime(members: 10_000) < 30 * processorTime(members: 1000))
    }
}
