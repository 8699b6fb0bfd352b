/// The tables of the app service in `cloudphone_core`.
enum AppSchema {
    static let applications = """
        CREATE TABLE applications (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            package_name text NOT NULL,
            version text NOT NULL,
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'withdrawn')),
            object_key text NOT NULL,
            is_latest boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (package_name, version)
        );
        CREATE TABLE device_applications (
            -- An id of the device service's, known here only as a value.
            device_id uuid NOT NULL,
            application_id uuid NOT NULL REFERENCES applications (id),
            status text NOT NULL CHECK (status IN ('pending', 'installing', 'installed', 'failed', 'uninstalled')),
            -- Where the package lies on the device until it is installed.
            temp_path text,
            installed_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (device_id, application_id),
            CHECK ((status = 'installed') = (installed_at IS NOT NULL)),
            CHECK (status <> 'installing' OR temp_path IS NOT NULL)
        );
        """
}
