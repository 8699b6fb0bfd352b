internal import Foundation
internal import Glibc

/// Asks whoever sits there before something is done.
enum Consent {
    /// Whether they say yes, or have said so before.
    ///
    /// - Parameter question: `retire version 2 of report`, say.
    static func isGiven(to question: String, before: Bool) -> Bool {
        if before { return true }
        guard isatty(0) == 1 else {
            let command = CommandLine.arguments.map(quoted).joined(separator: " ")
            Terminal.error("nobody can be asked here, so nothing was done. To do it:\n\(command) --yes")
            return false
        }
        FileHandle.standardError.write(Data("\n\(question)? [y/N] ".utf8))
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            Terminal.error("nothing was done")
            return false
        }
        return true
    }

    /// As a shell takes it.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || 0x2B...0x3A ~= byte || byte == 0x5F || byte == 0x40
        }
        guard !isPlain || text.isEmpty else { return text }
        return "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
