import Testing

@Suite("Blanking comments and literals") struct SwiftBlankerTests {
    @Test(
        "keeps the code, its place and the quotes",
        arguments: [
            ("a // b", "a     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("\"a\" + b", "\" \" + b"),
            ("\"a\\\"b\" + c", "\"    \" + c"),
            ("\"a\\\\\" + c", "\"   \" + c"),
            ("#\"a\"b\\\"# + c", "#\"    \"# + c"),
            ("\"\"\"\na \"b\"\n\"\"\" + c", "\"\"\"\n     \n\"\"\" + c"),
            ("\"a \\(b(\"c\")) d\" + e", "\"    b(\" \"))  \" + e"),
            ("#\"\\(a) \\#(b)\"# + c", "#\"        b)\"# + c"),
            ("\"unfinished\nb", "\"          \nb"),
            ("\"é\" + ü // ß", "\"  \" + ü      "),
            ("\"// no comment\" + a", "\"             \" + a"),
        ])
    func blank(text: String, expected: String) {
        let blanked = SwiftBlanker.blank(text)
        #expect(blanked == expected)
        #expect(blanked.utf8.count == text.utf8.count)
    }
}
