import Workflows

/// What is promised of every finding, whatever the file.
enum FindingCheck {
    static func check(_ findings: [Finding], _ bytes: [UInt8]) {
        // No more lines than there are bytes that can end one, or end the sequence of one.
        let lines = bytes.count(where: { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) }) + 1
        for finding in findings {
            promise(
                (1...lines).contains(finding.line) && finding.column >= 1,
                "a place outside of the file: \(finding.line):\(finding.column)")
            promise(!finding.message.isEmpty && !finding.help.isEmpty, "a finding without words: \(finding.code)")
            let text = finding.description
            promise(text.utf8.count < 4000, "a finding of \(text.utf8.count) bytes")
            promise(
                text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control },
                "a finding with control characters")
        }
    }
}
