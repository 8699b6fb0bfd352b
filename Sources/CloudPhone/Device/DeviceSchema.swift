/// The tables of the device service in `cloudphone_core`.
enum DeviceSchema {
    static let devices = """
        CREATE TABLE devices (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            type text NOT NULL DEFAULT 'phone' CHECK (type IN ('phone', 'tablet')),
            status text NOT NULL DEFAULT 'creating' CHECK (status IN
                ('creating', 'idle', 'allocated', 'running', 'stopped', 'paused', 'error', 'deleted')),
            user_id uuid,
            user_name text,
            tenant_id text,
            -- The order that holds the device: an id of billing's, known here only as a value.
            order_id uuid,
            provider_type text NOT NULL CHECK (provider_type IN ('redroid', 'huawei_cph', 'aliyun_ecp', 'physical')),
            external_id text,
            adb_port integer UNIQUE CHECK (adb_port BETWEEN 1 AND 65535),
            cpu_cores integer NOT NULL CHECK (cpu_cores > 0),
            memory_mb integer NOT NULL CHECK (memory_mb > 0),
            storage_mb integer NOT NULL CHECK (storage_mb > 0),
            proxy_id uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CHECK (status <> 'idle' OR (user_id IS NULL AND order_id IS NULL)),
            CHECK (status <> 'allocated' OR (user_id IS NOT NULL AND order_id IS NOT NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX idle_devices ON devices (id) WHERE status = 'idle';
        -- An order holds at most one device; a device is one row, so it is held by at most one order.
        CREATE UNIQUE INDEX one_device_per_order ON devices (order_id) WHERE order_id IS NOT NULL;
        """

    static let resources = """
        -- A row is a port, so a port has at most one device; the key sees to it that a device has at most one port.
        CREATE TABLE device_ports (
            port integer PRIMARY KEY CHECK (port BETWEEN 1 AND 65535),
            device_id uuid UNIQUE,
            taken_at timestamptz,
            CHECK ((device_id IS NULL) = (taken_at IS NULL))
        );
        CREATE TABLE proxies (
            id uuid PRIMARY KEY,
            host text NOT NULL,
            port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
            device_id uuid UNIQUE,
            taken_at timestamptz,
            UNIQUE (host, port),
            CHECK ((device_id IS NULL) = (taken_at IS NULL))
        );
        CREATE UNIQUE INDEX one_device_per_machine ON devices (external_id) WHERE status <> 'deleted';
        CREATE UNIQUE INDEX one_device_per_proxy ON devices (proxy_id) WHERE proxy_id IS NOT NULL;
        CREATE INDEX devices_by_user ON devices (user_id) WHERE user_id IS NOT NULL;
        """

    static let snapshots = """
        CREATE TABLE device_snapshots (
            id uuid PRIMARY KEY,
            device_id uuid NOT NULL REFERENCES devices (id),
            name text NOT NULL,
            external_id text NOT NULL UNIQUE,
            status text NOT NULL CHECK (status IN ('ready', 'deleted')),
            size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
            restored_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        );

        -- The device provider's books. We reach them only as its customers.
        CREATE TABLE provider_objects (
            -- The customer's: the same key is the same request.
            key text PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('device', 'snapshot', 'restore')),
            -- What the customer calls the machine.
            device_id uuid NOT NULL,
            external_id text NOT NULL UNIQUE,
            size_bytes bigint NOT NULL,
            ready_at timestamptz NOT NULL,
            deleted_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        """
}
