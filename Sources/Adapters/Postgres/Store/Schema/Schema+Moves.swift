extension Schema {
    /// Sagas that go on by another version of their workflow.
    static let moves = """
        CREATE FUNCTION saga_refuse_change_of_origin() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- The version is that of the saga's own row, and nothing else of an origin ever changes.
            IF to_jsonb(NEW) - 'workflow_id' = to_jsonb(OLD) - 'workflow_id'
                AND EXISTS (SELECT FROM sagas s WHERE s.id = NEW.id AND s.workflow_id = NEW.workflow_id)
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SG003';
        END $$;
        DROP TRIGGER saga_origins_immutable ON saga_origins;
        CREATE TRIGGER saga_origins_immutable BEFORE UPDATE ON saga_origins
            FOR EACH ROW EXECUTE FUNCTION saga_refuse_change_of_origin();
        COMMENT ON TABLE saga_origins IS
            'What is known of a saga from its start on and never changes, but for the version: see sagas.workflow_id.';
        COMMENT ON TABLE workflow_versions IS
            'Deployed workflows. Immutable: a running saga keeps the version it began with, unless a person has it move.';
        COMMENT ON COLUMN sagas.workflow_id IS
            'workflow_versions.id of the version that it goes by; those that it has left are in its state as v.';
        COMMENT ON COLUMN sagas.state IS
            'JSON. s: steps in the order of the workflow, each 0 (not reached) or [phase, attempt, spent, round, due, unanswered, output revision, incident cause, incident revision, case chosen, ruling, body revision, holding, "items of an each", error]; steps of a kind stand together in one text, a letter each: a is the first of k, b the second, "a520" is 520 of a, "(ab3)40" forty times one a and three b; an output revision in k counts from that of the step before that has one, or from 1; phases: 1 doing 2 retrying 3 probing 4 reprobing 5 done 6 failed 7 unknown 8 held 9 undoing 10 reundoing 11 undone 12 undo held 13 deciding 14 pausing 15 listening 16 skipped. d: deadline; times in microseconds after the start. f: why it unwinds. l: late. p: paused. v: versions that it has left, each with the revision of the event by which it did.';
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry unknown working returned held-back released timer retry-requested compensation-requested cancelled-by-parent decided signalled signal-refused resolved-done resolved-not-done resolved-undone skipped skip-forced patched paused resumed abandoned migrated';
        """
}
