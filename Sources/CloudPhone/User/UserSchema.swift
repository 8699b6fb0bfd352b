/// The tables of the user service in `cloudphone_core`.
enum UserSchema {
    static let users = """
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            username text NOT NULL UNIQUE,
            email text NOT NULL UNIQUE,
            full_name text NOT NULL,
            tenant_id text,
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE roles (
            id uuid PRIMARY KEY,
            name text NOT NULL UNIQUE
        );
        CREATE TABLE user_roles (
            user_id uuid NOT NULL REFERENCES users (id),
            role_id uuid NOT NULL REFERENCES roles (id),
            PRIMARY KEY (user_id, role_id)
        );

        -- What a plan grants: the user service's own copy, since plans belong to billing.
        CREATE TABLE plan_limits (
            plan_id uuid PRIMARY KEY,
            max_devices integer NOT NULL CHECK (max_devices >= 0),
            storage_gb integer NOT NULL CHECK (storage_gb >= 0),
            traffic_gb integer NOT NULL CHECK (traffic_gb >= 0)
        );
        CREATE TABLE quotas (
            user_id uuid PRIMARY KEY REFERENCES users (id),
            plan_id uuid,
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'exceeded', 'suspended', 'expired')),
            limits jsonb NOT NULL,
            usage jsonb NOT NULL DEFAULT '{"currentDevices": 0, "usedStorageGB": 0}',
            valid_from timestamptz NOT NULL DEFAULT now(),
            valid_until timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now()
        );
        """

    static let accounts = """
        ALTER TABLE users DROP CONSTRAINT users_status_check,
            ADD CONSTRAINT users_status_check CHECK (status IN ('pending', 'active', 'suspended', 'deleted'));

        -- Apart from the users, so that no query for a profile can show it.
        CREATE TABLE user_credentials (
            user_id uuid PRIMARY KEY REFERENCES users (id),
            password_hash text NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        -- What each device takes of its user's quota; quotas.usage is the sum. The device is an id of the device
        -- service's, known here only as a value, and counts at most once on the whole platform.
        CREATE TABLE quota_uses (
            device_id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES quotas (user_id),
            cpu_cores integer NOT NULL CHECK (cpu_cores > 0),
            memory_mb integer NOT NULL CHECK (memory_mb > 0),
            storage_mb integer NOT NULL CHECK (storage_mb > 0),
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX quota_uses_by_user ON quota_uses (user_id);
        """
}
