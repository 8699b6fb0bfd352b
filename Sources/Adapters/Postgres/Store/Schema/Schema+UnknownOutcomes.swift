extension Schema {
    /// What a participant says that has lost the answer of whoever it asked.
    static let unknownOutcomes = """
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry unknown working returned timer retry-requested compensation-requested cancelled-by-parent decided signalled signal-refused';
        """
}
