internal import Foundation
internal import Glibc
internal import Synchronization

/// Asks once before anything is changed on the server of a protected profile.
final class Protection: Sendable {
    private let name: String
    private let url: String
    private let hasConsent = Mutex(false)
    /// Puts a question, and gives the line that is answered; nil if nobody can be asked.
    private let ask: @Sendable (String) -> String?

    init(_ profile: Profile, _ url: String, ask: @escaping @Sendable (String) -> String? = Question.ask) {
        (name, self.url, self.ask) = (profile.name, url, ask)
    }

    /// Returns if whoever sits there types the profile's name, or has done so before.
    func demand() throws(ProfileError) {
        guard !hasConsent.withLock(\.self) else { return }
        let question = "profile \(name) (\(url)) is protected. To change something there, type its name: "
        guard let answer = ask(question) else {
            throw ProfileError(
                .notConfirmed,
                "profile \(name) (\(url)) is protected, and nobody can be asked here, so nothing was done. To do it:\n"
                    + CommandText.again("--yes"))
        }
        guard answer == name else {
            throw ProfileError(.notConfirmed, "that is not \(name), so nothing was done")
        }
        hasConsent.withLock { $0 = true }
    }
}

/// A question to whoever sits at the terminal.
enum Question {
    /// The answer without blanks around it; nil if input is no terminal.
    @Sendable
    static func ask(_ question: String) -> String? {
        guard isatty(0) == 1 else { return nil }
        FileHandle.standardError.write(Data(question.utf8))
        return (readLine() ?? "").trimmingCharacters(in: .whitespaces)
    }
}

/// The command that was given, to be given again.
enum CommandText {
    static func again(_ option: String, arguments: [String] = CommandLine.arguments) -> String {
        var shown: [String] = []
        for argument in arguments {
            if shown.last == "--token" {
                shown.append("…")
            } else if argument.hasPrefix("--token=") {
                shown.append("--token=…")
            } else {
                shown.append(quoted(argument))
            }
        }
        return (shown + [option]).joined(separator: " ")
    }

    /// As a shell takes it.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || 0x2B...0x3A ~= byte || byte == 0x5F || byte == 0x40
        }
        guard !isPlain || text.isEmpty else { return text }
        return "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
