extension Schema {
    /// What persons have to say about sagas.
    static let operators = """
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry unknown working returned timer retry-requested compensation-requested cancelled-by-parent decided signalled signal-refused resolved-done resolved-not-done resolved-undone skipped skip-forced patched paused resumed abandoned';
        """
}
