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
}
