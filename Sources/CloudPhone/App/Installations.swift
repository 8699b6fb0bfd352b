internal import ParticipantKit
internal import Postgres
public import SagaValues

/// What the actions of the app service take and give.
public enum App {
    public struct Reference: Codable, Sendable {
        public let applicationId: UUID
    }

    public struct Validated: Codable, Sendable {
        public let applicationId: UUID
        public let packageName: String
        public let version: String
    }

    public struct Installation: Codable, Sendable {
        public let applicationId: UUID
        public let deviceId: UUID
    }

    public struct Transferred: Codable, Sendable {
        public let tempPath: String
    }

    public struct Progress: Codable, Sendable {
        public let status: String
    }
}

/// An application on a device: `pending`, with its package on the device, `installing`, `installed`.
///
/// Each act is legal in one state only, and its undo leads back to that state.
enum Installations {
    // MARK: validate

    private static let find = PostgresStatement(
        "SELECT status, package_name, version, object_key FROM applications WHERE id = $1")

    private nonisolated(nonsending) static func application(_ id: UUID, _ context: ActionContext) async throws
        -> PostgresRow
    {
        guard let row = try await context.transaction.execute(find, [.uuid(id)]).first else {
            throw Rejection("unknown-application", "There is no application \(id)")
        }
        guard try row.text(0) == "active" else {
            throw Rejection("application-withdrawn", "The application \(try row.text(1)) is not offered any more")
        }
        return row
    }

    nonisolated(nonsending) static func validate(_ input: App.Reference, _ context: ActionContext) async throws
        -> App.Validated
    {
        let row = try await application(input.applicationId, context)
        return App.Validated(
            applicationId: input.applicationId, packageName: try row.text(1), version: try row.text(2))
    }

    // MARK: create-installation, delete-installation

    private static let insert = PostgresStatement(
        """
        INSERT INTO device_applications AS d (device_id, application_id, status) VALUES ($1, $2, 'pending')
        ON CONFLICT (device_id, application_id) DO UPDATE SET status = 'pending', temp_path = NULL, updated_at = now()
            WHERE d.status IN ('failed', 'uninstalled')
        """)

    nonisolated(nonsending) static func create(_ input: App.Installation, _ context: ActionContext) async throws
        -> App.Progress
    {
        _ = try await application(input.applicationId, context)
        let made = try await context.transaction.execute(
            insert, [.uuid(input.deviceId), .uuid(input.applicationId)])
        guard made.affected == 1 else {
            let status = try await status(of: input, context) ?? "missing"
            throw Rejection("already-\(status)", "The application is \(status) on this device")
        }
        return App.Progress(status: "pending")
    }

    private static let delete = PostgresStatement(
        "DELETE FROM device_applications WHERE device_id = $1 AND application_id = $2 AND status = 'pending'")

    nonisolated(nonsending) static func delete(_ input: App.Installation, _ context: ActionContext) async throws {
        try await require(
            try await context.transaction.execute(delete, [.uuid(input.deviceId), .uuid(input.applicationId)]),
            "pending", input, context)
    }

    // MARK: transfer, delete-temp

    private static let transfer = PostgresStatement(
        """
        UPDATE device_applications SET temp_path = $3, updated_at = now()
        WHERE device_id = $1 AND application_id = $2 AND status = 'pending' AND temp_path IS NULL
        """)
    private static let deleteTemp = PostgresStatement(
        """
        UPDATE device_applications SET temp_path = NULL, updated_at = now()
        WHERE device_id = $1 AND application_id = $2 AND status = 'pending'
        """)

    nonisolated(nonsending) static func transfer(_ input: App.Installation, _ context: ActionContext) async throws
        -> App.Transferred
    {
        let key = try await application(input.applicationId, context).text(3)
        let path = "/data/local/tmp/\(input.applicationId)/\(key)"
        let moved = try await context.transaction.execute(
            transfer, [.uuid(input.deviceId), .uuid(input.applicationId), .text(path)])
        try await require(moved, "pending, without its package", input, context)
        return App.Transferred(tempPath: path)
    }

    nonisolated(nonsending) static func deleteTemp(_ input: App.Installation, _ context: ActionContext) async throws {
        try await require(
            try await context.transaction.execute(deleteTemp, [.uuid(input.deviceId), .uuid(input.applicationId)]),
            "pending", input, context)
    }

    // MARK: install, uninstall, verify

    private static let move = PostgresStatement(
        """
        UPDATE device_applications
        SET status = $4, updated_at = now(), installed_at = CASE $4 WHEN 'installed' THEN now() END
        WHERE device_id = $1 AND application_id = $2 AND status = $3
            AND ($4 <> 'installing' OR temp_path IS NOT NULL)
        """)

    private nonisolated(nonsending) static func move(
        _ input: App.Installation, from before: String, to status: String, _ context: ActionContext
    ) async throws -> App.Progress {
        let moved = try await context.transaction.execute(
            move, [.uuid(input.deviceId), .uuid(input.applicationId), .text(before), .text(status)])
        try await require(moved, before, input, context)
        return App.Progress(status: status)
    }

    nonisolated(nonsending) static func install(_ input: App.Installation, _ context: ActionContext) async throws
        -> App.Progress
    {
        try await move(input, from: "pending", to: "installing", context)
    }

    nonisolated(nonsending) static func uninstall(_ input: App.Installation, _ context: ActionContext) async throws {
        _ = try await move(input, from: "installing", to: "pending", context)
    }

    nonisolated(nonsending) static func verify(_ input: App.Installation, _ context: ActionContext) async throws
        -> App.Progress
    {
        let status = try await status(of: input, context)
        guard let status, ["installing", "installed"].contains(status) else {
            throw Rejection("not-installed", "The application is \(status ?? "not") on this device")
        }
        return App.Progress(status: status)
    }

    // MARK: mark-installed, unmark-installed

    nonisolated(nonsending) static func mark(_ input: App.Installation, _ context: ActionContext) async throws
        -> App.Progress
    {
        let progress = try await move(input, from: "installing", to: "installed", context)
        try context.emit(
            "app.installed", about: input.deviceId,
            ["deviceId": "\(input.deviceId)", "applicationId": "\(input.applicationId)"])
        return progress
    }

    nonisolated(nonsending) static func unmark(_ input: App.Installation, _ context: ActionContext) async throws {
        _ = try await move(input, from: "installed", to: "installing", context)
        try context.emit(
            "app.uninstalled", about: input.deviceId,
            ["deviceId": "\(input.deviceId)", "applicationId": "\(input.applicationId)"])
    }

    // MARK: States

    private static let status = PostgresStatement(
        "SELECT status FROM device_applications WHERE device_id = $1 AND application_id = $2")

    private nonisolated(nonsending) static func status(of input: App.Installation, _ context: ActionContext)
        async throws -> String?
    {
        try await context.transaction.execute(status, [.uuid(input.deviceId), .uuid(input.applicationId)]).first?
            .text(0)
    }

    private nonisolated(nonsending) static func require(
        _ rows: PostgresRows, _ needed: String, _ input: App.Installation, _ context: ActionContext
    ) async throws {
        guard rows.affected == 0 else { return }
        let status = try await status(of: input, context) ?? "missing"
        throw Rejection("wrong-state", "The installation is \(status), and would have to be \(needed)")
    }
}
