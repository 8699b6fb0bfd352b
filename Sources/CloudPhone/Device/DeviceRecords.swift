internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Devices in our own books: made, found, started, stopped and marked as deleted.
enum DeviceRecords {
    // MARK: create-record, delete-record

    private static let insert = PostgresStatement(
        """
        INSERT INTO devices (id, name, type, status, user_id, user_name, tenant_id, provider_type, external_id, adb_port,
                             cpu_cores, memory_mb, storage_mb, proxy_id)
        SELECT $1, $2, $3, 'stopped', $4, $5, $6, $7, $8, p.port, $10, $11, $12,
               (SELECT id FROM proxies WHERE device_id = $1)
        FROM device_ports p WHERE p.device_id = $1 AND p.port = $9
        ON CONFLICT (id) DO NOTHING
        """)
    private static let exists = PostgresStatement("SELECT EXISTS (SELECT FROM devices WHERE id = $1)")

    nonisolated(nonsending) static func create(_ input: Device.CreateRecord, _ context: ActionContext) async throws
        -> Device.StatusChanged
    {
        let made = try await context.transaction.execute(
            insert,
            [
                .uuid(input.deviceId), .text(input.name), .text(input.type), .uuid(input.userId),
                input.userName.map { .text($0) } ?? .null, context.tenant.map { .text($0) } ?? .null,
                .text(input.provider), .text(input.externalId), .int32(Int32(clamping: input.adbPort)),
                .int32(Int32(clamping: input.cpuCores)), .int32(Int32(clamping: input.memoryMb)),
                .int32(Int32(clamping: input.storageMb)),
            ])
        guard made.affected == 1 else {
            let exists = try await context.transaction.execute(exists, [.uuid(input.deviceId)]).only.bool(0)
            throw exists
                ? Rejection("device-exists", "There is a device \(input.deviceId) already")
                : Rejection("port-not-held", "The device does not hold the port \(input.adbPort)")
        }
        return Device.StatusChanged(deviceId: input.deviceId, before: "missing", status: "stopped")
    }

    private static let delete = PostgresStatement("DELETE FROM devices WHERE id = $1")

    nonisolated(nonsending) static func delete(_ input: Device.Reference, _ context: ActionContext) async throws {
        try await context.transaction.execute(delete, [.uuid(input.deviceId)])
    }

    // MARK: find, list

    private static let find = PostgresStatement("SELECT id, name, status, user_id FROM devices WHERE id = $1")
    private static let lock = PostgresStatement(
        "SELECT id, name, status, user_id FROM devices WHERE id = $1 FOR UPDATE")
    private static let list = PostgresStatement(
        "SELECT id, name, status, user_id FROM devices WHERE user_id = $1 AND status <> 'deleted' ORDER BY id")

    /// The device, if it is this user's and not deleted. Whose it is otherwise is nobody's business.
    private nonisolated(nonsending) static func row(
        _ statement: PostgresStatement, _ input: Device.Owned, _ context: ActionContext
    ) async throws -> PostgresRow {
        guard let row = try await context.transaction.execute(statement, [.uuid(input.deviceId)]).first,
            try row.optionalUUID(3) == input.userId
        else { throw Rejection("unknown-device", "The user has no device \(input.deviceId)") }
        guard try row.text(2) != "deleted" else { throw Rejection("device-deleted", "The device is deleted") }
        return row
    }

    private static func found(_ row: PostgresRow) throws -> Device.Found {
        let status = try row.text(2)
        return Device.Found(
            deviceId: try row.uuid(0), name: try row.text(1), status: status, running: status == "running")
    }

    nonisolated(nonsending) static func find(_ input: Device.Owned, _ context: ActionContext) async throws
        -> Device.Found
    {
        try found(try await row(find, input, context))
    }

    nonisolated(nonsending) static func list(_ input: Device.List, _ context: ActionContext) async throws
        -> Device.Listed
    {
        let rows = try await context.transaction.execute(list, [.uuid(input.userId)])
        return Device.Listed(devices: try rows.map(found))
    }

    // MARK: start, stop, and their reverse

    private static let set = PostgresStatement(
        "UPDATE devices SET status = $2, updated_at = now() WHERE id = $1 AND status = $3")

    private nonisolated(nonsending) static func change(
        _ device: Device.Owned, from before: String, to status: String, _ context: ActionContext
    ) async throws -> Device.StatusChanged {
        let changed = try await context.transaction.execute(
            set, [.uuid(device.deviceId), .text(status), .text(before)])
        if changed.affected == 1, before != status {
            try context.emit(
                "device.status.changed", about: device.deviceId,
                [
                    "deviceId": "\(device.deviceId)", "status": .string(status), "userId": "\(device.userId)",
                ])
        }
        return Device.StatusChanged(deviceId: device.deviceId, before: before, status: status)
    }

    /// A running device stays as it is; one that is being made, or broken, cannot be started.
    nonisolated(nonsending) static func start(_ input: Device.Owned, _ context: ActionContext) async throws
        -> Device.StatusChanged
    {
        let before = try await row(lock, input, context).text(2)
        guard ["allocated", "stopped", "paused", "running"].contains(before) else {
            throw Rejection("device-not-startable", "The device is \(before)")
        }
        return try await change(input, from: before, to: "running", context)
    }

    /// What is not running stays as it is: it is stopped well enough.
    nonisolated(nonsending) static func stop(_ input: Device.Owned, _ context: ActionContext) async throws
        -> Device.StatusChanged
    {
        let before = try await row(lock, input, context).text(2)
        guard before != "creating" else { throw Rejection("device-not-stoppable", "The device is being made") }
        guard ["running", "paused"].contains(before) else {
            return Device.StatusChanged(deviceId: input.deviceId, before: before, status: before)
        }
        return try await change(input, from: before, to: "stopped", context)
    }

    private static let status = PostgresStatement("SELECT status FROM devices WHERE id = $1")

    /// Back to what it was before it was started or stopped, unless somebody else has changed it since.
    ///
    /// - Throws: `TemporaryFailure` for one that was running and is broken now, so that in the end a person is called.
    nonisolated(nonsending) static func revert(
        _ input: Device.Owned, _ output: Device.StatusChanged, _ context: ActionContext
    ) async throws {
        guard output.before != output.status else { return }
        _ = try await change(input, from: output.status, to: output.before, context)
        guard output.before == "running" else { return }
        if try await context.transaction.execute(status, [.uuid(input.deviceId)]).first?.text(0) == "error" {
            throw TemporaryFailure("device-broken", "The device ran, and is broken")
        }
    }

    // MARK: mark-deleted

    private static let markDeleted = PostgresStatement(
        """
        UPDATE devices d SET status = 'deleted', adb_port = NULL, proxy_id = NULL, updated_at = now()
        FROM (SELECT id, status FROM devices WHERE id = $1 FOR UPDATE) AS old
        WHERE d.id = old.id RETURNING old.status
        """)

    nonisolated(nonsending) static func markDeleted(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.StatusChanged
    {
        guard let row = try await context.transaction.execute(markDeleted, [.uuid(input.deviceId)]).first else {
            throw Rejection("unknown-device", "There is no device \(input.deviceId)")
        }
        return Device.StatusChanged(deviceId: input.deviceId, before: try row.text(0), status: "deleted")
    }
}
