/// What to try next when the server has refused: a command where there is one that tells more, or goes on.
enum NextCommand {
    /// - Parameter code: that of the refusal.
    static func after(_ code: String) -> String? { table[code] }

    static let table = [
        "SAGA-0203": "\"saga list\", \"saga jobs\", \"saga dead\" and \"saga workflow list\" print what there is",
        "SAGA-0204": "\"saga workflow show NAME\" prints what its input must be",
        "SAGA-0205": "\"saga check FILE\" tells the same without a server",
        "SAGA-0206": "\"saga list --key KEY\" prints the saga that has it",
        "SAGA-0207": "\"saga top\" shows what goes on; it is safe to repeat the command",
        "SAGA-0208": "\"saga show SAGA\" prints at which revision it is now",
        "SAGA-0209": "\"saga explain SAGA\" says what is possible now",
        "SAGA-0213": "raise its version; \"saga workflow show NAME\" prints what is deployed",
        "SAGA-0216": "\"saga whoami\" prints what you may do",
        "SAGA-0240": "\"saga job JOB\" shows it",
        "SAGA-0251": "\"saga history SAGA\" prints what came before",
        "SAGA-0260": "\"saga dead LETTER\" shows what became of it",
        "SAGA-0261": "\"saga dead LETTER\" shows it",
        "SAGA-0262": "\"saga explain SAGA --file FILE\" tells it from the archive",
    ]
}
