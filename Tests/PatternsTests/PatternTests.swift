import Patterns
import TestSupport
import Testing

@Suite("Patterns")
struct PatternTests {
    @Test(
        "A pattern matches what ECMAScript's does",
        arguments: [
            ("", "", true), ("", "x", true), ("a", "cat", true), ("^a", "cat", false), ("t$", "cat", true),
            ("^$", "", true), ("^$", "\n", false), ("a|b|cd", "xcdx", true), ("^(a|b|cd)$", "c", false),
            ("^(?:ab)*$", "ababab", true), ("^(?:ab)*$", "ababa", false), ("^a+?$", "aaa", true),
            ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "a", false), ("^a{2,}$", "aaaa", true),
            ("^a{1,3}$", "aaa", true), ("^a{1,3}$", "aaaa", false), ("^a{0}$", "", true), ("^a?b$", "b", true),
            ("^.$", "\u{1F600}", true), ("^.$", "\n", false), ("^[^]$", "\n", true), ("[]", "a", false),
            ("^[a-c0-9_-]+$", "b-7_", true), ("^[a-c0-9_-]+$", "d", false), ("^[^a-c]$", "d", true),
            ("^[\\d.]+$", "1.5", true), ("^[^\\d]$", "5", false), ("^[\\D5]$", "5", true), ("^[\\D5]$", "4", false),
            ("^\\d+$", "٣", false), ("^\\w+$", "a_1", true), ("^\\w$", "é", false), ("^\\s$", "\u{FEFF}", true),
            ("^\\S$", "\u{2028}", false), ("^\\x41\\u4e2d$", "A中", true), ("^\\^\\$\\.\\/\\|$", "^$./|", true),
            ("^(a*)*$", "aaa", true), ("^(a|)+$", "aa", true), ("(^a|b$)", "xb", true), ("a^b", "ab", false),
            ("^é$", "e\u{301}", false), ("^(x(y(z)?)?)?$", "xyz", true), ("^(ab){2,3}$", "ababab", true),
        ])
    func matches(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == expected)
    }

    @Test(
        "What is no pattern, or not one that can be matched in bounded time, is refused",
        arguments: [
            "(", ")", "a)", "[", "[a", "[a\\", "\\", "*", "+a", "?", "a**", "a{2}{3}", "a{", "a{x}", "a{2,1}",
            "a{1001}",
            "{1}", "}", "]", "(?=a)", "(?!a)", "(?<=a)", "(?<n>a)", "(?", "\\1", "\\b", "\\B", "\\p{L}", "\\k<n>",
            "\\ca",
            "\\x4", "\\uD800", "\\u{41}", "[z-a]", "[\\d-z]", "^*", "$+", "(a{50}){50}", "\\é",
        ])
    func refused(_ pattern: String) {
        #expect(throws: PatternError.self) { try Pattern(pattern) }
    }

    @Test("A pattern that makes others run for years takes no longer than the text is long")
    func noRunaway() throws {
        let text = String(repeating: "a", count: 10_000) + "!"
        for pattern in [try Pattern("^(a+)+$"), try Pattern("^(a|aa)*$")] {
            let (matches, took) = measuringWork { pattern.matches(text) }
            #expect(!matches && took < .seconds(5))
        }
        #expect(try !Pattern("^(a?){150}a{150}$").matches(String(repeating: "a", count: 149)))
        #expect(try Pattern("^(a?){150}a{150}$").matches(String(repeating: "a", count: 150)))
    }

    @Test("Deep and long patterns are refused, not followed")
    func large() {
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 400)) }
        #expect(throws: PatternError.self) { try Pattern(String(repeating: "a", count: 1001)) }
        #expect(throws: PatternError.self) {
            try Pattern(String(repeating: "(", count: 20) + "a" + String(repeating: "){1000}", count: 20))
        }
    }
}
