internal import Exploration
internal import SagaValues
internal import Workflows

/// The Static Analysis Results Interchange Format, version 2.1.0 (OASIS), as far as review tools need it.
enum Sarif {
    static func log(_ checks: [FileCheck]) -> JSON {
        let results = checks.flatMap(results)
        let codes = Set(results.compactMap { $0["ruleId"]?.stringValue }).sorted()
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [
                [
                    "tool": [
                        "driver": [
                            "name": "saga check",
                            "rules": .array(codes.map { ["id": .string($0)] }),
                        ]
                    ],
                    "columnKind": "unicodeCodePoints", "results": .array(results),
                ]
            ],
        ]
    }

    private static func results(_ check: FileCheck) -> [JSON] {
        var results = check.findings.map { finding in
            result(
                finding.code.rawValue, finding.severity == .error ? "error" : "warning",
                "\(finding.message)\nhelp: \(finding.help)", finding.file, finding.line, finding.column)
        }
        if let (body, story) = check.proof?.proof.counterexample {
            let text = ([FileCheck.sentence(body)] + story.lines).joined(separator: "\n")
            results.append(result(badEnd, "error", text, check.path, 1, 1))
        }
        return results
    }

    private static func result(
        _ code: String, _ level: String, _ text: String, _ file: String, _ line: Int, _ column: Int
    ) -> JSON {
        [
            "ruleId": .string(code), "level": .string(level), "message": ["text": .string(text)],
            "locations": [
                [
                    "physicalLocation": [
                        "artifactLocation": ["uri": .string(uri(file))],
                        "region": ["startLine": JSON(line), "startColumn": JSON(column)],
                    ]
                ]
            ],
        ]
    }

    /// A relative reference as RFC 3986 wants it.
    private static func uri(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return text
    }
}
