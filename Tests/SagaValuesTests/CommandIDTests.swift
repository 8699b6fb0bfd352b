import SagaValues
import TestSupport
import Testing

@Suite("Command ids")
struct CommandIDTests {
    private let saga = UUID(high: 0x0197_F3A0_5C1E_7000, low: 0x8000_0000_0000_002A)

    @Test(
        "every id has one text, and every such text one id",
        arguments: [
            ("create-order", 0, .do, "create-order.0.do"), ("a", 7, .undo, "a.7.undo"),
            ("x9", .max, .probe, "x9.2147483647.probe"),
            (String(repeating: "z", count: 63), 10, .do, String(repeating: "z", count: 63) + ".10.do"),
            ("a-", 0, .do, "a-.0.do"),
        ] as [(String, Int32, Direction, String)]
    )
    func bothWays(step: String, iteration: Int32, direction: Direction, end: String) {
        let id = CommandID(saga: saga, step: step, iteration: iteration, direction: direction)
        let text = "0197f3a0-5c1e-7000-8000-00000000002a.\(end)"
        #expect(id.description == text)
        #expect(CommandID(text) == id)
    }

    @Test(
        "any other text is no id",
        arguments: [
            "", ".", "...", "0197f3a0-5c1e-7000-8000-00000000002a", "0197f3a0-5c1e-7000-8000-00000000002a.",
            "0197f3a0-5c1e-7000-8000-00000000002a.a", "0197f3a0-5c1e-7000-8000-00000000002a.a.0",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.0.", "0197f3a0-5c1e-7000-8000-00000000002a.a.0.redo",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.0.DO", "0197f3a0-5c1e-7000-8000-00000000002a.a.0.do.",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.0.do.do", "0197f3a0-5c1e-7000-8000-00000000002a.a.-1.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.+1.do", "0197f3a0-5c1e-7000-8000-00000000002a.a.01.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.00.do", "0197f3a0-5c1e-7000-8000-00000000002a.a.2147483648.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.99999999999999999999.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a..do",
            "0197f3a0-5c1e-7000-8000-00000000002a..0.do", "0197f3a0-5c1e-7000-8000-00000000002a.A.0.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.9a.0.do", "0197f3a0-5c1e-7000-8000-00000000002a.-a.0.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a_b.0.do", "0197f3a0-5c1e-7000-8000-00000000002a.é.0.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a b.0.do", "0197F3a0-5c1e-7000-8000-00000000002a.a.0.do",
            "0197f3a0-5c1e-7000-8000-00000000002.a.0.do", " 0197f3a0-5c1e-7000-8000-00000000002a.a.0.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.0.do ", "0197f3a0-5c1e-7000-8000-00000000002a.a.0.do\0",
            "0197f3a0-5c1e-7000-8000-00000000002a.a.1/.do", "0197f3a0-5c1e-7000-8000-00000000002a.a.:.do",
            "0197f3a0-5c1e-7000-8000-00000000002a.\(String(repeating: "z", count: 64)).0.do",
        ]
    )
    func notText(text: String) {
        #expect(CommandID(text) == nil)
    }

    @Test("another direction changes nothing else")
    func with() {
        let id = CommandID(saga: saga, step: "a", iteration: 3, direction: .do)
        #expect(id.with(.undo) == CommandID(saga: saga, step: "a", iteration: 3, direction: .undo))
        #expect(Set(Direction.allCases.map(id.with)).count == 3)
    }

    @Test(
        "step names are short and plain",
        arguments: [
            ("a", true), ("create-order", true), ("a--b-9", true), (String(repeating: "a", count: 63), true),
            ("", false), ("A", false),
            ("9", false), ("-", false), ("a.b", false), ("a_b", false), ("a b", false), ("ä", false),
            ("a\u{301}", false), ("a\n", false),
            ("a\0", false), (String(repeating: "a", count: 64), false),
        ]
    )
    func stepNames(text: String, isName: Bool) {
        #expect(CommandID.isStepName(text) == isName)
        #expect(CommandID.isStepName("x\(text)".dropFirst()) == isName)
    }

    @Test("bytes at random never trap, and what is read is written the same", arguments: 1...5 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let valid = Array("0197f3a0-5c1e-7000-8000-00000000002a.create-order.12.undo".utf8)
        for _ in 0..<500 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...2, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(position...)
                default: bytes[position] = valid[Int.random(in: 0..<valid.count, using: &random)]
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let id = CommandID(text) {
                #expect(id.description == text, "seed \(seed)")
            }
        }
    }
}
