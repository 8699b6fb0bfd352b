import Foundation
import Testing

/// The search itself: what does not find would prove nothing.
@Suite struct PlantedTests {
    @Test("what is planted is found in every shape and at every place, by half of it too")
    func found() {
        for _ in 0..<50 {
            let planted = Planted("it")
            let core = planted.text
            let half = String(core.suffix(12))
            let bytes = Array(core.utf8)
            let hidden: [String] = [
                "x\(core)y", core.uppercased(), "…\(half)", String(core.prefix(12)),
                bytes.map { "%" + String($0, radix: 16) }.joined(),
                bytes.map { "\\u00" + String($0, radix: 16).uppercased() }.joined(),
                bytes.map { String($0, radix: 16) }.joined(), Data(core.utf8).base64EncodedString(),
                Data("a\(core)".utf8).base64EncodedString(), Data("ab\(core)é".utf8).base64EncodedString(),
                Data("{\"password\":\"\(half)\"}".utf8).base64EncodedString(),
            ]
            for text in hidden {
                let evidence = Evidence()
                evidence.add("a log", "before\n\(text)\nbehind")
                let leaks = evidence.leaks(of: [Planted("other"), planted])
                #expect(leaks.count == 1 && leaks.first?.hasPrefix("it, ") == true, "\(core) in \(text)")
                let allowed = Evidence.Exception(planted: "it", place: "a l", reason: "r")
                #expect(evidence.leaks(of: [planted], but: [allowed]).isEmpty)
            }
        }
        let number = Planted.number("n")
        let evidence = Evidence()
        evidence.add("a", "[\(number.text)]")
        evidence.add("b", "[\(number.text.dropLast())]")
        #expect(evidence.leaks(of: [number]).count == 1)
    }
}
