extension Schema {
    /// Who asked for what. No statement but one that adds to it gets through, whoever sends it.
    static let audit = """
        CREATE TABLE saga_audit (
            number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at         timestamptz NOT NULL,
            saga_id    uuid,
            subject    text COLLATE "C" NOT NULL,
            credential text COLLATE "C" NOT NULL,
            role       text COLLATE "C" NOT NULL,
            address    text COLLATE "C",
            verb       text COLLATE "C" NOT NULL,
            outcome    text COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'refused')),
            tenant     text COLLATE "C",
            workflow   text COLLATE "C",
            step       text COLLATE "C",
            reason     text COLLATE "C" NOT NULL,
            detail     json NOT NULL
        );
        CREATE INDEX saga_audit_sagas ON saga_audit (saga_id, number) WHERE saga_id IS NOT NULL;
        CREATE INDEX saga_audit_subjects ON saga_audit (subject, number);
        CREATE INDEX saga_audit_times ON saga_audit (at, number);
        CREATE TRIGGER saga_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON saga_audit
            FOR EACH STATEMENT EXECUTE FUNCTION saga_refuse_change();
        COMMENT ON TABLE saga_audit IS
            'What persons and programs asked for by name: verbs on sagas, deployments, tokens. Only added to.';
        COMMENT ON COLUMN saga_audit.tenant IS 'Whose the saga is; null for what concerns all tenants.';
        COMMENT ON COLUMN saga_audit.credential IS 'What proved who asks: the id of a token or a key.';
        COMMENT ON COLUMN saga_audit.detail IS 'What was before and after, without what nobody may see.';
        """
}
