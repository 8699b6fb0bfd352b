/// Faults that the demo and the tests switch on, from any process that can write a row.
enum FaultSchema {
    static let switches = """
        CREATE TABLE fault_switches (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            service text NOT NULL,
            -- The action without its participant ("charge"), or '*' for all of the service.
            action text NOT NULL,
            kind text NOT NULL CHECK (kind IN
                ('fail', 'reject', 'delay', 'crash-before-commit',
                 'drop-reply', 'delay-after-commit', 'crash-after-commit')),
            -- How often it still strikes.
            remaining integer NOT NULL DEFAULT 1 CHECK (remaining >= 0),
            delay_ms integer NOT NULL DEFAULT 0 CHECK (delay_ms >= 0),
            -- The code of a 'fail' or a 'reject'.
            code text NOT NULL DEFAULT 'fault-injected',
            -- Commands of this direction only; null: do and undo, so that a probe tells the truth.
            direction text CHECK (direction IN ('do', 'undo', 'probe')),
            -- Commands of this saga, or with this text as a member of their input (a user's id); null: all.
            only_for text,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        """

    /// A fault that strikes for ever has no count.
    static let unlimited = """
        ALTER TABLE fault_switches ALTER COLUMN remaining DROP NOT NULL;
        """
}
