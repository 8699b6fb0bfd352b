/// Asks whoever sits there before something is done to much.
enum Consent {
    /// Whether they say yes, or have said so before.
    ///
    /// - Parameter question: `retire version 2 of report`, say.
    static func isGiven(to question: String, before: Bool) -> Bool {
        if before { return true }
        guard let answer = Question.ask("\n\(question)? [y/N] ") else {
            Terminal.error("nobody can be asked here, so nothing was done. To do it:\n\(CommandText.again("--yes"))")
            return false
        }
        guard ["y", "yes"].contains(answer.lowercased()) else {
            Terminal.error("nothing was done")
            return false
        }
        return true
    }
}
