extension Schema {
    /// What persons start once more, and the events that they hand to one saga.
    static let rerunsAndSignals = """
        ALTER TABLE saga_origins ADD COLUMN rerun_of uuid;
        CREATE INDEX saga_origins_rerun ON saga_origins (rerun_of) WHERE rerun_of IS NOT NULL;
        COMMENT ON COLUMN saga_origins.rerun_of IS
            'The saga that had ended and whose input it was started with once more.';

        ALTER TABLE saga_kept_events ADD COLUMN only_for uuid, ADD COLUMN sent_id text COLLATE "C",
            ADD CHECK ((only_for IS NULL) = (sent_id IS NULL));
        CREATE INDEX saga_kept_events_signals ON saga_kept_events (received_at) WHERE only_for IS NOT NULL;
        COMMENT ON COLUMN saga_kept_events.only_for IS
            'The one saga that may take it: a person handed it to that; null for one that came from the broker.';
        COMMENT ON COLUMN saga_kept_events.sent_id IS
            'What the person called it. A saga that has taken an event of this id does not take it again.';
        """
}
